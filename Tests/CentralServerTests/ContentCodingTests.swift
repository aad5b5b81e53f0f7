import Testing

@testable import CentralServer

@Suite("Content codings")
struct ContentCodingTests {
    @Test(
        "gzip goes out only to those who accept it",
        arguments: [
            (nil, false), ("", false), ("gzip", true), ("GZIP", true), ("deflate, gzip;q=0.5", true), ("gzip;q=0", false),
            ("gzip; q=0.0, *", false), ("*", true), ("*;q=0", false), ("br, deflate", false), ("identity, x-gzip", true),
        ] as [(String?, Bool)])
    func accepts(_ header: String?, _ accepted: Bool) {
        #expect(ContentCoding.acceptsGzip(header) == accepted)
    }

    @Test("a body is gzip, or as it is, or of a coding that nobody here speaks")
    func contentEncoding() {
        #expect(ContentCoding(contentEncoding: nil) == .identity)
        #expect(ContentCoding(contentEncoding: "identity") == .identity)
        #expect(ContentCoding(contentEncoding: " Gzip ") == .gzip)
        #expect(ContentCoding(contentEncoding: "br") == nil)
        #expect(ContentCoding(contentEncoding: "gzip, gzip") == nil)
    }

    @Test("a media type is compared without parameters and case")
    func mediaTypes() {
        #expect(mediaType("Application/JSON ; charset=utf-8") == "application/json")
        #expect(mediaType(nil) == nil)
    }
}
