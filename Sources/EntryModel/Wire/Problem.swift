/// What goes wrong across the wire, from one catalogue (RFC 9457): a stable code, an HTTP status, whether trying again can help, and what the
/// person can do.
///
/// A problem is unsigned, so it changes no state at a station. The same codes say why a change is in quarantine.
/// - SeeAlso: Protocol/README.md, "Problems".
public struct Problem: Error, Sendable, Equatable {
    public enum Code: String, Sendable, CaseIterable {
        // The request.
        case malformed
        case tooLarge = "too-large"
        case unsupportedVersion = "unsupported-version"
        case unsupportedMedia = "unsupported-media"
        case notFound = "not-found"
        case methodNotAllowed = "method-not-allowed"
        case notEnrolled = "not-enrolled"
        case badSignature = "bad-signature"
        // Enrolment.
        case invitationUnknown = "invitation-unknown"
        case invitationUsed = "invitation-used"
        // The centre.
        case rateLimited = "rate-limited"
        case busy
        case storageFull = "storage-full"
        case internalError = "internal-error"
        // A change, in quarantine.
        case badLine = "bad-line"
        case badDigest = "bad-digest"
        case unknownPromotion = "unknown-promotion"
        case unknownForm = "unknown-form"
        case unknownField = "unknown-field"
        case overLimit = "over-limit"
        case notEntitled = "not-entitled"
        case waits = "waits-for-quarantined"
        case erased
    }

    public var code: Code
    /// What happened this time; never personal data.
    public var detail: String?
    /// Of `unsupportedVersion`: the versions of the protocol that are spoken there.
    public var versions: ClosedRange<Int64>?

    public init(_ code: Code, _ detail: String? = nil) {
        self.code = code
        self.detail = detail
    }

    /// The problem of a message in a version that is not spoken here.
    public static var unsupportedVersion: Problem {
        let versions = Wire.versions
        let spoken =
            versions.count == 1 ? "version \(versions.lowerBound) is" : "versions \(versions.lowerBound) to \(versions.upperBound) are"
        var problem = Problem(.unsupportedVersion, "\(spoken) spoken here")
        problem.versions = versions
        return problem
    }
}

extension Problem.Code {
    /// The status of an answer that is this problem.
    public var status: Int {
        switch self {
        case .malformed, .unsupportedVersion, .badLine, .badDigest: 400
        case .notEnrolled, .badSignature: 401
        case .invitationUnknown, .notEntitled: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .invitationUsed: 409
        case .erased: 410
        case .tooLarge, .overLimit: 413
        case .unsupportedMedia: 415
        case .unknownPromotion, .unknownForm, .unknownField, .waits: 422
        case .rateLimited: 429
        case .internalError: 500
        case .busy: 503
        case .storageFull: 507
        }
    }

    /// Whether the same request can succeed later without anybody changing it.
    public var isRetryable: Bool {
        switch self {
        case .rateLimited, .busy, .storageFull, .internalError: true
        default: false
        }
    }

    /// One line for people.
    public var title: String {
        switch self {
        case .malformed: "The request cannot be read"
        case .tooLarge: "The request is over the size limit"
        case .unsupportedVersion: "This version of the protocol is not spoken here"
        case .unsupportedMedia: "The request is not a Field Entry message"
        case .notFound: "There is nothing at this address"
        case .methodNotAllowed: "This address takes another method"
        case .notEnrolled: "The station is not enrolled here"
        case .badSignature: "The signature does not fit the message"
        case .invitationUnknown: "The enrolment code is not valid"
        case .invitationUsed: "The enrolment code was used by another station"
        case .rateLimited: "Too many requests in a short time"
        case .busy: "The centre is busy"
        case .storageFull: "The centre's disk is full"
        case .internalError: "The centre failed to handle the request"
        case .badLine: "A line of the change cannot be read"
        case .badDigest: "The change's bytes were damaged"
        case .unknownPromotion: "The promotion is not known here"
        case .unknownForm: "This version of the promotion's document is not known here"
        case .unknownField: "The form has no such field"
        case .overLimit: "The change passes a limit"
        case .notEntitled: "The station may not make this change"
        case .waits: "An earlier change of the same entry is in quarantine"
        case .erased: "The entry was erased"
        }
    }

    /// What the person can do.
    public var advice: String {
        switch self {
        case .malformed, .unsupportedMedia, .notFound, .methodNotAllowed, .unsupportedVersion:
            "Update the station's program; nothing was lost."
        case .tooLarge, .overLimit: "Send less at a time; if it goes on, tell the central staff."
        case .notEnrolled: "Ask the central staff whether this station is still enrolled; unsent work stays safe in its file."
        case .badSignature: "Check that the file was not copied from another station; unsent work stays safe in its file."
        case .invitationUnknown, .invitationUsed: "Ask the central staff for a new enrolment code."
        case .rateLimited, .busy, .storageFull, .internalError: "Nothing to do: the station tries again by itself."
        case .badLine, .badDigest, .unknownField, .notEntitled, .waits:
            "The change is kept at both ends; the central staff can release or reject it."
        case .unknownPromotion, .unknownForm:
            "The change is kept and goes on by itself once the promotion's document is at the centre."
        case .erased: "The person asked to be erased; key nothing of the entry again."
        }
    }

    /// The problem's type, a URN with the code.
    public var type: String { "urn:field-entry:problem:\(rawValue)" }
}

extension Problem: CustomStringConvertible {
    public var description: String {
        "\(code.title)\(detail.map { ": \($0)" } ?? "") (\(code.rawValue)). \(code.advice)"
    }
}

extension Problem {
    public static let mediaType = "application/problem+json"

    /// The `application/problem+json` document.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("type")
        writer.string(code.type)
        writer.name("title")
        writer.string(code.title)
        writer.name("status")
        writer.integer(Int64(code.status))
        if let detail {
            writer.name("detail")
            writer.string(detail)
        }
        writer.name("code")
        writer.string(code.rawValue)
        writer.name("retryable")
        writer.bool(code.isRetryable)
        writer.name("advice")
        writer.string(code.advice)
        if let versions {
            writer.name("versions")
            writer.beginArray()
            for version in [versions.lowerBound, versions.upperBound] { writer.integer(version) }
            writer.endArray()
        }
        writer.endObject()
        return writer.bytes
    }

    /// Reads a problem document.
    /// - Returns: `nil` when the bytes are none, or its code is not in this catalogue.
    public init?(json: [UInt8]) {
        guard let value = try? JSONValue(line: json.filter { $0 != Envelope.lineFeed }, limits: .line),
            case .string(let raw)? = value["code"], let code = Code(rawValue: raw)
        else { return nil }
        self.code = code
        if case .string(let text)? = value["detail"] { detail = text }
        if case .array(let range)? = value["versions"], range.count == 2, case .integer(let oldest) = range[0],
            case .integer(let newest) = range[1], oldest <= newest
        {
            versions = oldest...newest
        }
    }
}
