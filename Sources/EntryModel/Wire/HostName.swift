/// What the host in an address says about who can read along.
public enum HostName {
    /// Whether a host, without brackets, is this machine itself: a name or an address that never leaves it.
    public static func isLoopback(_ host: some StringProtocol) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        // `127.example.org.` and its like are names that lead anywhere.
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Whether what is sent to an address goes as plain text over a network.
    ///
    /// - Parameter url: Such as `http://127.0.0.1:8080`; what is none goes nowhere.
    public static func isPlainBeyondThisMachine(_ url: String) -> Bool {
        let scheme = "http://"
        guard url.prefix(scheme.count).lowercased() == scheme else { return false }
        let authority = url.dropFirst(scheme.count).prefix { !"/?#\\".contains($0) }
        let hostAndPort = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        if hostAndPort.first == "[" { return !isLoopback(hostAndPort.dropFirst().prefix { $0 != "]" }) }
        return !isLoopback(hostAndPort.prefix { $0 != ":" }.lowercased())
    }
}
