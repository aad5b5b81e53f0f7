import Testing

@testable import CentralServer

@Suite("Listen addresses")
struct ListenAddressTests {
    @Test("host and port are taken apart, brackets of IPv6 too")
    func parses() {
        #expect(ListenAddress("127.0.0.1:8080") == ListenAddress(host: "127.0.0.1", port: 8080))
        #expect(ListenAddress("[::1]:0") == ListenAddress(host: "::1", port: 0))
        #expect(ListenAddress("centre.example:443") == ListenAddress(host: "centre.example", port: 443))
    }

    @Test(
        "what is no address is refused",
        arguments: ["", "8080", ":8080", "host:", "host:65536", "host:-1", "::1:8080", "[]:80", "a b:80", "http://host:80"])
    func refuses(_ text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test("loopback is told from the rest, and every address from one")
    func loopback() {
        for host in ["127.0.0.1", "127.8.9.1", "localhost", "::1"] { #expect(ListenAddress(host: host, port: 1).isLoopback, "\(host)") }
        for host in ["0.0.0.0", "::", "10.0.0.1", "127.example", "127.0.0.example", "centre.example"] {
            #expect(!ListenAddress(host: host, port: 1).isLoopback, "\(host)")
        }
        #expect(ListenAddress(host: "0.0.0.0", port: 1).isAny)
        #expect(!ListenAddress(host: "10.0.0.1", port: 1).isAny)
        #expect(ListenAddress(host: "::1", port: 0).url(port: 9) == "http://[::1]:9")
        #expect(ListenAddress(host: "centre.example", port: 0).url(port: 9, scheme: "https") == "https://centre.example:9")
    }
}
