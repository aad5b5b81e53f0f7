import EntryModel
import HTTPTypes
import Hummingbird
import NIOCore

extension Problem {
    /// The answer that tells a station of this problem.
    ///
    /// It is unsigned, so it changes nothing at the station.
    /// - SeeAlso: Protocol/README.md, "Problems"; RFC 9457.
    var response: Response {
        var headers: HTTPFields = [.contentType: Self.mediaType, .cacheControl: "no-store"]
        if let seconds = code.retryAfterSeconds { headers[.retryAfter] = String(seconds) }
        return Response(
            status: HTTPResponse.Status(code: code.status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
    }
}

extension Problem.Code {
    /// How long a station should leave the centre alone before it tries again; `nil` when trying again does not help.
    var retryAfterSeconds: Int? {
        switch self {
        case .busy: 2
        case .rateLimited: 5
        case .internalError: 10
        case .storageFull: 60
        default: nil
        }
    }
}
