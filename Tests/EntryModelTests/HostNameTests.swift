import EntryModel
import Testing

@Suite("Plain HTTP beyond this machine") struct HostNameTests {
    @Test(
        "what never leaves this machine, what is secured and what is no HTTP may pass",
        arguments: [
            "http://127.0.0.1:8080", "http://localhost", "HTTP://LocalHost:1/v1", "http://[::1]:8080", "http://127.255.0.9/",
            "https://centre.example.org", "https://10.0.0.1:8443", "", "centre", "ftp://centre", "http+unix://%2Ftmp%2Fa/",
        ])
    func passes(_ url: String) {
        #expect(!HostName.isPlainBeyondThisMachine(url))
    }

    @Test(
        "every other host is beyond it, also one that only looks like this machine",
        arguments: [
            "http://centre.example.org", "http://10.0.0.1:8080", "http://127.0.0.1.example.org", "http://127.0.0.example", "http://127.1",
            "http://localhost.example.org", "http://127.0.0.1@centre.example.org/", "http://[fe80::1]:80", "http://0.0.0.0:1",
            "hTTp://centre", "http://localhost@10.0.0.1", "http://10.0.0.1/@localhost", "http://10.0.0.1\\@localhost", "http://",
            "http://127.0.0.256", "http://127..0.1",
        ])
    func refused(_ url: String) {
        #expect(HostName.isPlainBeyondThisMachine(url))
    }
}
