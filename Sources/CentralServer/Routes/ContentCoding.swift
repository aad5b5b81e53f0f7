import HTTPTypes

/// How a message is packed in transit; gzip and nothing are spoken.
///
/// - SeeAlso: RFC 9110, sections 8.4 and 12.5.3.
enum ContentCoding: Equatable {
    case identity, gzip

    /// The coding that a request says its body has.
    /// - Returns: `nil` for any other coding, and for several one upon the other.
    init?(contentEncoding: String?) {
        switch contentEncoding.map({ $0.trimmingSpaces().lowercased() }) {
        case nil, "", "identity": self = .identity
        case "gzip", "x-gzip": self = .gzip
        default: return nil
        }
    }

    /// Whether an `Accept-Encoding` allows gzip: named, or meant by `*`, and not with a quality of 0.
    static func acceptsGzip(_ acceptEncoding: String?) -> Bool {
        var any = false
        for element in (acceptEncoding ?? "").split(separator: ",") {
            let parts = element.split(separator: ";").map { $0.trimmingSpaces().lowercased() }
            guard let coding = parts.first else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if coding == "gzip" || coding == "x-gzip" { return quality > 0 }
            if coding == "*" { any = quality > 0 }
        }
        return any
    }
}

/// A media type without its parameters, in lower case.
func mediaType(_ contentType: String?) -> String? {
    contentType.map { String($0.prefix { $0 != ";" }).trimmingSpaces().lowercased() }
}

extension StringProtocol {
    /// Without blanks and tabs at either end.
    func trimmingSpaces() -> String {
        let start = drop { $0 == " " || $0 == "\t" }
        let trailing = start.reversed().prefix { $0 == " " || $0 == "\t" }.count
        return String(start.dropLast(trailing))
    }
}
