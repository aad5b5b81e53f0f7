/// Something in a station's file that is not as this program wrote it.
public struct FileFinding: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// SQLite's own check found a fault.
        case structure
        /// A change whose body's bytes changed on the disk; its header and the body's digest stand.
        case rottedBody = "rotted-body"
        /// A change of which nothing can be trusted any more.
        case rottedHeader = "rotted-header"
        /// The chain of own changes does not come out, or has a gap where none can be.
        case chain
        /// An entry's or a batch's row does not say what its changes say.
        case row
        /// A key's cursor cannot be.
        case cursor
        /// Rows that belong to nothing.
        case leftover
    }

    /// What helps.
    public enum Remedy: String, Sendable {
        /// `repair()` alone.
        case repair
        /// `repair()`, and then a sync brings it back from the centre.
        case repairAndSync = "repair-and-sync"
        /// Nothing here: people have to see to it.
        case people
    }

    public var kind: Kind
    /// An entry's id, `batch/P/LABEL`, a key, or what SQLite says; never anything that was keyed.
    public var subject: String
    public var remedy: Remedy

    public init(_ kind: Kind, _ subject: String, _ remedy: Remedy) {
        self.kind = kind
        self.subject = subject
        self.remedy = remedy
    }
}

extension FileFinding: CustomStringConvertible {
    public var description: String { "\(what) \(help)" }

    private var what: String {
        switch kind {
        case .structure: "The file is damaged: \(subject)."
        case .rottedBody: "A change of \(subject) has lost its values on the disk."
        case .rottedHeader: "A change of \(subject) cannot be read any more."
        case .chain: "The chain of this station's changes is broken: \(subject)."
        case .row: "What is listed of \(subject) is not what its changes say."
        case .cursor: "How far \(subject) was read cannot be right."
        case .leftover: "There are rows that belong to nothing: \(subject)."
        }
    }

    private var help: String {
        switch (remedy, kind) {
        case (.repair, _): "`doctor --repair` puts it right."
        case (.repairAndSync, _): "`doctor --repair` and then `sync` put it right from the centre."
        case (.people, .structure): "Keep the file and a copy of it, and tell the central staff before keying goes on."
        case (.people, _):
            "That the centre has it is not known. `doctor --repair` and then `sync` ask for it; without it the card has to be looked at again."
        }
    }
}
