import EntryModel
import FieldStore

extension BundleExchange {
    /// Takes in a bundle that the centre wrote for this station: receipts, and what is new.
    ///
    /// The whole file is read and every signature checked before anything is acted on; then each receipt and each page is a transaction of its
    /// own, so that taking the file in again goes on where this was interrupted, and changes nothing when it was not.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - progress: Called with the changes that came so far.
    /// - Throws: `BundleFault`, and then nothing was changed; `FieldStoreError`; `CancellationError`.
    public func take(from path: String, progress: (Int) -> Void = { _ in }) throws -> BundleSummary {
        guard let identity = try database.identity else { throw BundleFault.notEnrolled }
        var (reader, number) = (try open(path, identity), 0)
        while try next(&reader, &number, identity) != nil { try Task.checkCancellation() }
        // Checked once more: the file may have been changed since, and what is acted on is what was checked.
        (reader, number) = (try open(path, identity), 0)
        var taking = try AnswerTaking(database)
        while let answer = try next(&reader, &number, identity) {
            try Task.checkCancellation()
            try taking.take(answer)
            progress(taking.summary.pulled)
        }
        return try taking.finish()
    }

    private func open(_ path: String, _ identity: StationIdentity) throws -> BundleReader {
        let file = try BundleFileReader(path: path) { BundleFault($0) }
        var reader = try BundleFault.wrapping { try BundleReader(file.read) }
        guard case .station(let station) = reader.header.receiver else { throw BundleFault.forCentre }
        guard reader.header.vault == identity.vault else { throw BundleFault.otherClient(reader.header.vault) }
        guard station == identity.station else { throw BundleFault.otherStation }
        do throws(BundleError) { try reader.unlock(with: identity.agreementKey) } catch {
            throw error == .otherKey ? BundleFault.otherStation : .file(error)
        }
        return reader
    }

    /// The next answer, its signature checked.
    private func next(_ reader: inout BundleReader, _ number: inout Int, _ identity: StationIdentity) throws -> VerifiedAnswer? {
        guard let bytes = try BundleFault.wrapping({ try reader.next() }) else { return nil }
        number += 1
        let kind: MessageKind
        switch MessageKind(firstLine: Array(bytes.prefix { $0 != UInt8(ascii: "\n") })) {
        case .pushAnswer: kind = .push
        case .pullAnswer: kind = .pull
        case .handbackAnswer: kind = .handback
        default: throw BundleFault.badMessage(number, reason: "it is no answer to a station")
        }
        do throws(AnswerFault) {
            return try VerifiedAnswer(bytes, to: kind, signedBy: identity.centreKey)
        } catch {
            switch error {
            case .badSignature: throw BundleFault.badSignature(message: number)
            case .unreadable(let reason): throw BundleFault.badMessage(number, reason: reason)
            }
        }
    }
}

/// Acts on answers that came by file, by the rules of "Receipts at the station".
struct AnswerTaking {
    private let database: FieldDatabase
    /// By the references of their requests.
    private var exports: [Digest: ExportRecord] = [:]
    private var isRestored = false
    /// What was acknowledged before this bundle, or since it put the chain right: an answer that says no more may be an old one.
    private var acknowledgedBefore: Int64
    private(set) var summary = BundleSummary()

    init(_ database: FieldDatabase) throws {
        self.database = database
        acknowledgedBefore = try database.chainPosition().acknowledged.sequence
        for export in try database.exports() {
            for request in export.requests { exports[request] = export }
            exports[export.pull] = export
        }
    }

    mutating func take(_ answer: VerifiedAnswer) throws {
        let line = answer.line
        guard let export = exports[line.request], try database.identity?.epoch == line.epoch, export.epoch == line.epoch else {
            // What stands behind the answer that started a new epoch is of the old one.
            if summary.recoveries.isEmpty { summary.passedOver += 1 }
            return
        }
        switch line.outcome {
        case .accepted:
            guard try isOwnChain(line) else { return }
            switch answer {
            case .push(let answer): try acknowledge(answer)
            case .pull(let answer): try apply(answer, to: export)
            case .handback(let answer):
                try database.settleHandback(taken: answer.taken, refused: answer.refused)
                summary.handedBack += answer.taken.count
                summary.answered += 1
            }
        case .forked:
            summary.answered += 1
            try recover(.forked)
        case .parked:
            summary.answered += 1
            if case .push = answer { summary.parked += 1 }
            // It had confirmed more when the request was made: it was put back to an earlier state.
            guard line.through < min(export.acknowledged, try database.chainPosition().acknowledged.sequence) else { return }
            try recover(.behind(through: line.through, chain: line.chain))
        case .revoked:
            summary.answered += 1
            summary.isRevoked = true
        case .behind, .rolledBack, .clock: summary.passedOver += 1
        }
    }

    /// Notes the end of it for `status`.
    func finish() throws -> BundleSummary {
        var summary = summary
        summary.unsent = try database.unsentCount()
        if summary.isRevoked { try database.recordSync(.revoked(SyncOutcome.revoked.message)) }
        if summary.isAnswer, summary.parked == 0, !summary.isRevoked, summary.recoveries.isEmpty {
            try database.recordSync(.succeeded)
            try database.settleHoldings()
        }
        return summary
    }

    /// Whether the centre's chain is this file's, as far as the centre has it. If not, the file or a copy of it went another way.
    private mutating func isOwnChain(_ line: AnswerLine) throws -> Bool {
        let head = try database.chainPosition().head.sequence
        guard line.through <= head else {
            summary.answered += 1
            try recover(.rolledBack)
            return false
        }
        guard let own = try database.chain(at: line.through) else {
            // The change there left this file once it was safe at the centre for good: the answer is an old one.
            summary.passedOver += 1
            return false
        }
        guard own == line.chain else {
            summary.answered += 1
            try recover(.forked)
            return false
        }
        return true
    }

    private mutating func recover(_ finding: ChainFinding) throws {
        summary.recoveries.append(try database.recover(from: finding))
        acknowledgedBefore = try database.chainPosition().acknowledged.sequence
    }

    private mutating func acknowledge(_ answer: PushAnswer) throws {
        let before = try database.chainPosition().acknowledged.sequence
        let isTaken = try database.acknowledge(
            through: answer.answer.through, chain: answer.answer.chain, exceptions: answer.exceptions, durable: answer.answer.durable,
            isOld: answer.answer.through <= acknowledgedBefore, at: answer.answer.time)
        guard isTaken else { return try recover(.forked) }
        summary.answered += 1
        summary.acknowledged += Int(max(0, answer.answer.through - before))
        summary.exceptions += answer.exceptions
    }

    // MARK: Pages

    private mutating func apply(_ answer: PullAnswer, to export: ExportRecord) throws {
        guard let asked = export.cursors else {
            summary.passedOver += 1
            return
        }
        summary.answered += 1
        var cursors = try database.cursors()
        for page in answer.pages where page.from < asked[page.key.description]?.at.position ?? 0 {
            guard cursors[page.key.description]?.at == asked[page.key.description]?.at else { continue }
            isRestored = true
        }
        // A restored centre cannot tell yet what it should grant, so its keys are taken only once what it lost is marked.
        if isRestored { try database.doubtWithdrawn(granted: answer.keys) } else { try database.setGranted(answer.keys) }
        try database.forgetExportedPulls(through: export.number - 1)
        let granted = Set(answer.keys)
        for page in answer.pages where granted.contains(page.key) && (!isRestored || cursors[page.key.description] != nil) {
            try apply(page, asked: asked[page.key.description]?.at, now: cursors[page.key.description]?.at)
            cursors = try database.cursors()
        }
    }

    private mutating func apply(
        _ page: PullAnswer.KeyPage, asked: RequestLine.Cursor.Checkpoint?, now: RequestLine.Cursor.Checkpoint?
    ) throws {
        let position = now?.position ?? 0
        guard page.from == position || page.from < asked?.position ?? 0 && now == asked else {
            if page.from > position { summary.missing += 1 } else if !page.rows.isEmpty { summary.passedOver += 1 }
            return
        }
        let result = try database.apply(page)
        summary.pulled += result.newChanges
        summary.newConflicts += result.newConflicts
        if result.isCentreRestored { summary.centreWasRestored = true }
    }
}
