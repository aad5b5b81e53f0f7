/// The centre's answer to a push: through which sequence everything was taken, and which changes are exceptions.
/// - SeeAlso: Protocol/README.md, "Push".
public struct PushAnswer: Sendable, Equatable {
    /// A change that was taken note of but not merged.
    public struct Exception: Sendable, Equatable {
        public enum State: String, Sendable { case quarantined, erased }

        public var id: Digest
        public var state: State
        /// A code of the problem catalogue.
        public var problem: String

        public init(id: Digest, state: State, problem: String) {
            self.id = id
            self.state = state
            self.problem = problem
        }
    }

    public var answer: AnswerLine
    public var exceptions: [Exception]

    public init(answer: AnswerLine, exceptions: [Exception]) {
        self.answer = answer
        self.exceptions = exceptions
    }

    public var line: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        answer.write(kind: .pushAnswer, to: &writer)
        writer.name("exceptions")
        writer.beginArray()
        for exception in exceptions {
            writer.beginObject()
            writer.name("id")
            writer.digest(exception.id)
            writer.name("state")
            writer.string(exception.state.rawValue)
            writer.name("problem")
            writer.string(exception.problem)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    public init(line: [UInt8]) throws(JSONError) {
        self = try JSONReader.read(line, limits: .answer) { reader throws(JSONError) in
            var parts = AnswerParts()
            var exceptions: [Exception] = []
            try reader.beginObject()
            while let name = try reader.nextName() {
                if name == "exceptions" {
                    try reader.beginArray()
                    while try reader.nextElement() { exceptions.append(try Exception(&reader)) }
                } else if try !parts.read(name, &reader) {
                    try reader.skip()
                }
            }
            return PushAnswer(answer: try parts.answer(kind: .pushAnswer), exceptions: exceptions)
        }
    }
}

extension PushAnswer.Exception {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        var id: Digest?
        var state: State?
        var problem: String?
        try reader.beginObject()
        while let name = try reader.nextName() {
            if name == "id" {
                id = try reader.digest("id")
            } else if name == "state" {
                state = try reader.parsed("state") { State(rawValue: $0) }
            } else if name == "problem" {
                problem = try reader.parsed("problem") { Identifier.isValid($0) ? $0 : nil }
            } else {
                try reader.skip()
            }
        }
        guard let id, let state, let problem else { throw reader.unexpected("exceptions") }
        self.init(id: id, state: state, problem: problem)
    }
}

/// What the answers to push and pull begin with: the outcome of the chain check.
public struct AnswerLine: Sendable, Equatable {
    /// The protocol's version that the answer is written in: the request's.
    public var version: Int64
    /// `SignedMessage.reference` of the request; a station acts only on the answer to its outstanding request.
    public var request: Digest
    public var outcome: AnswerOutcome
    public var epoch: UniqueID
    /// n: how far the centre has the station's chain. Acknowledges only when `outcome` is `accepted` and `chain` is the station's own there.
    public var through: Int64
    /// The chain at `through`.
    public var chain: Digest
    /// Of a push the greatest sequence, of a pull the greatest position, that is safe for good: in a verified backup, or 30 days old.
    public var durable: Int64
    /// The centre's clock, milliseconds since 1970 UTC.
    public var time: Int64

    /// - Parameter version: The request's.
    public init(
        version: Int64 = Wire.version, request: Digest, outcome: AnswerOutcome, epoch: UniqueID, through: Int64, chain: Digest,
        durable: Int64, time: Int64
    ) {
        self.version = version
        self.request = request
        self.outcome = outcome
        self.epoch = epoch
        self.through = through
        self.chain = chain
        self.durable = durable
        self.time = time
    }

    func write(kind: MessageKind, to writer: inout JSONWriter) {
        writer.name("kind")
        writer.string(kind.rawValue)
        writer.name("v")
        writer.integer(version)
        writer.name("request")
        writer.digest(request)
        writer.name("outcome")
        writer.string(outcome.rawValue)
        writer.name("epoch")
        writer.string(epoch.description)
        writer.name("through")
        writer.integer(through)
        writer.name("chain")
        writer.digest(chain)
        writer.name("durable")
        writer.integer(durable)
        writer.name("time")
        writer.integer(time)
    }
}

extension LineLimits {
    /// The first line of an answer, which may name 500 exceptions or every key of a station.
    static let answer = LineLimits(bytes: 1 << 20, depth: 6)
}

/// The shared names of an answer as they turn up.
struct AnswerParts {
    private var kind: String?
    private var version: Int64?
    private var request: Digest?
    private var outcome: AnswerOutcome?
    private var epoch: UniqueID?
    private var through: Int64?
    private var chain: Digest?
    private var durable: Int64?
    private var time: Int64?

    /// - Returns: `false` when the name is none of the shared ones; its value then still stands next.
    mutating func read(_ name: JSONName, _ reader: inout JSONReader) throws(JSONError) -> Bool {
        if name == "kind" {
            kind = try reader.string()
        } else if name == "v" {
            version = try reader.integer()
        } else if name == "request" {
            request = try reader.digest("request")
        } else if name == "outcome" {
            outcome = try reader.parsed("outcome") { AnswerOutcome(rawValue: $0) }
        } else if name == "epoch" {
            epoch = try reader.parsed("epoch") { UniqueID($0) }
        } else if name == "through" {
            through = try reader.integer()
        } else if name == "chain" {
            chain = try reader.digest("chain")
        } else if name == "durable" {
            durable = try reader.integer()
        } else if name == "time" {
            time = try reader.integer()
        } else {
            return false
        }
        return true
    }

    func answer(kind expected: MessageKind) throws(JSONError) -> AnswerLine {
        guard kind == expected.rawValue else { throw JSONError(.unexpected, at: 0, name: "kind") }
        guard let version, Wire.versions.contains(version) else { throw JSONError(.unexpected, at: 0, name: "v") }
        guard let request, let outcome, let epoch, let through, let chain, let durable, let time
        else { throw JSONError(.unexpected, at: 0, name: "outcome") }
        return AnswerLine(
            version: version, request: request, outcome: outcome, epoch: epoch, through: through, chain: chain, durable: durable, time: time
        )
    }
}
