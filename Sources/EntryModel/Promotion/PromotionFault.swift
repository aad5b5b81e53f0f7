/// One thing that is wrong with a promotion's document, and where.
public struct PromotionFault: Hashable, Sendable {
    /// A JSON path from the document's root, such as `$.form.fields[3].pattern`.
    public var path: String
    /// A sentence for the person who wrote the document.
    public var message: String

    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }
}

extension PromotionFault: CustomStringConvertible {
    public var description: String { "\(path): \(message)" }
}

/// Why a document was refused: every fault in it, in the order of the document's own parts.
public struct PromotionFaults: Error, Hashable, Sendable {
    /// At least one.
    public var faults: [PromotionFault]

    public init(faults: [PromotionFault]) {
        self.faults = faults
    }
}

extension PromotionFaults: CustomStringConvertible {
    /// One fault a line.
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
