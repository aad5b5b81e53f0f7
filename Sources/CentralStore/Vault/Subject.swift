import EntryModel

/// What a change is about, within one vault: how changes of the same entry or batch are brought together.
enum Subject: Hashable, Sendable {
    case entry(UniqueID)
    case batch(promotion: String, label: String)

    /// - Returns: `nil` when the header is about a promotion.
    init?(_ header: ChangeHeader) {
        switch header.subject {
        case .entry(let id): self = .entry(id)
        case .batch(let label): self = .batch(promotion: header.promotion, label: label)
        case .promotion: return nil
        }
    }

    /// As it stands in the quarantine, and for a batch in comparison digests.
    var text: String {
        switch self {
        case .entry(let id): "entry/\(id)"
        case .batch(let promotion, let label): "batch/\(promotion)/\(label)"
        }
    }
}

/// A change that could be read, and what it is about. An object, because a change is large and passes through many hands.
final class ReadChange: Sendable {
    let change: Change
    /// `nil` when the change is about a promotion.
    let subject: Subject?

    init(_ change: Change) {
        self.change = change
        subject = Subject(change.header)
    }
}

/// Two lines that are no change, and why. They are kept as they came.
final class UnreadableChange: Sendable {
    let id: Digest
    let headerLine: [UInt8]
    let bodyLine: [UInt8]
    let error: ChangeError

    init(headerLine: [UInt8], bodyLine: [UInt8], _ error: ChangeError) {
        id = Change.id(headerLine: headerLine, bodyLine: bodyLine)
        self.headerLine = headerLine
        self.bodyLine = bodyLine
        self.error = error
    }
}

/// A change on its way into the log, as it came.
struct IncomingChange: Sendable {
    enum Content: Sendable {
        case change(ReadChange)
        case unreadable(UnreadableChange)
    }

    let content: Content
    /// Its place in its epoch's chain; `nil` for a change by the centre.
    var sequence: Int64?
    /// When it came first, of a change that was in quarantine.
    var received: Int64?

    /// Reads two lines, outside any transaction.
    init(headerLine: [UInt8], bodyLine: [UInt8], sequence: Int64?, received: Int64? = nil) {
        self.sequence = sequence
        self.received = received
        do throws(ChangeError) {
            content = .change(ReadChange(try Change(headerLine: headerLine, bodyLine: bodyLine)))
        } catch {
            content = .unreadable(UnreadableChange(headerLine: headerLine, bodyLine: bodyLine, error))
        }
    }

    init(_ read: ReadChange, sequence: Int64? = nil) {
        self.sequence = sequence
        content = .change(read)
    }

    var id: Digest {
        switch content {
        case .change(let read): read.change.id
        case .unreadable(let lines): lines.id
        }
    }

    var headerLine: [UInt8] {
        switch content {
        case .change(let read): read.change.headerLine
        case .unreadable(let lines): lines.headerLine
        }
    }

    var bodyLine: [UInt8] {
        switch content {
        case .change(let read): read.change.bodyLine
        case .unreadable(let lines): lines.bodyLine
        }
    }

    /// The same change with nothing left of its body but the digest.
    var withoutBody: IncomingChange {
        let line = bodyLine
        guard Change.goneBody(line) == nil else { return self }
        return IncomingChange(
            headerLine: headerLine, bodyLine: Change.goneBodyLine(Hash.line(line)), sequence: sequence, received: received)
    }

    /// The header, where it can be read.
    var header: ChangeHeader? {
        switch content {
        case .change(let read): read.change.header
        case .unreadable(let lines): try? ChangeHeader(line: lines.headerLine)
        }
    }

    /// The entry that it is about, where it is about one and that can be read.
    var entry: UniqueID? {
        if case .entry(let id)? = subject { id } else { nil }
    }

    /// What it is about, where that can be read.
    var subject: Subject? {
        switch content {
        case .change(let read): read.subject
        case .unreadable: header.flatMap(Subject.init)
        }
    }
}

/// The station that a run of changes is from.
final class ChangeOrigin: Sendable {
    let station: UniqueID
    let stationNumber: Int64
    let epochNumber: Int64
    /// Ids of the promotions that the station is assigned.
    let assigned: Set<String>

    init(station: UniqueID, stationNumber: Int64, epochNumber: Int64, assigned: Set<String>) {
        self.station = station
        self.stationNumber = stationNumber
        self.epochNumber = epochNumber
        self.assigned = assigned
    }
}
