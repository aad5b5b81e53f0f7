import ArgumentParser
import EntryModel

/// Where the server listens, written `HOST:PORT`; an IPv6 address stands in brackets.
struct ListenAddress: Equatable, Sendable {
    /// A name or an address, without brackets.
    var host: String
    /// 0 lets the system choose a free one.
    var port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }) else { return nil }
        self.init(host: String(host), port: Int(port))
    }

    /// Whether only programs on this machine can connect.
    var isLoopback: Bool { HostName.isLoopback(host) }

    /// Whether it stands for every address of the machine, and so is none that a station could call.
    var isAny: Bool { host == "0.0.0.0" || host == "::" }

    /// The URL to call it by.
    /// - Parameter scheme: `https` where the server speaks TLS.
    func url(port: Int, scheme: String = "http") -> String {
        host.contains(":") ? "\(scheme)://[\(host)]:\(port)" : "\(scheme)://\(host):\(port)"
    }
}

extension ListenAddress: ExpressibleByArgument {
    init?(argument: String) {
        self.init(argument)
    }

    var defaultValueDescription: String { "\(host):\(port)" }
}
