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

/// A change on its way into the log, with whom it is from.
struct IncomingChange: Sendable {
    enum Content: Sendable {
        case change(Change)
        case unreadable(ChangeError)
    }

    /// Who sent it. A change by the centre has no origin.
    struct Origin: Sendable {
        var station: UniqueID
        var stationNumber: Int64
        var epochNumber: Int64
        /// Ids of the promotions that the station is assigned.
        var assigned: Set<String>
    }

    var id: Digest
    var headerLine: [UInt8]
    var bodyLine: [UInt8]
    var content: Content
    /// When it came first, of a change that was in quarantine.
    var received: Int64?

    /// Reads two lines, outside any transaction.
    init(headerLine: [UInt8], bodyLine: [UInt8]) {
        self.headerLine = headerLine
        self.bodyLine = bodyLine
        do throws(ChangeError) {
            let change = try Change(headerLine: headerLine, bodyLine: bodyLine)
            content = .change(change)
            id = change.id
        } catch {
            content = .unreadable(error)
            id = Change.id(headerLine: headerLine, bodyLine: bodyLine)
        }
    }

    init(_ change: Change) {
        headerLine = change.headerLine
        bodyLine = change.bodyLine
        content = .change(change)
        id = change.id
    }

    /// The header, where it can be read.
    var header: ChangeHeader? {
        switch content {
        case .change(let change): change.header
        case .unreadable: try? ChangeHeader(line: headerLine)
        }
    }
}
