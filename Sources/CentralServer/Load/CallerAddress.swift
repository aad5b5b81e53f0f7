import Foundation
import HTTPTypes
import NIOCore

/// Where a request comes from, as far as requests are counted by it.
///
/// Of IPv6 the first half counts, because whoever has one address there has all of its second half.
struct CallerAddress: Hashable, Sendable {
    /// 4 bytes, or the first 8 of 16.
    private let bytes: [UInt8]

    /// - Parameter text: An address without a port.
    init?(_ text: some StringProtocol) {
        guard let address = try? SocketAddress(ipAddress: String(text), port: 0) else { return nil }
        self.init(address)
    }

    init?(_ address: SocketAddress) {
        switch address {
        case .v4(let address):
            bytes = withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
        case .v6(let address):
            let all = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
            // An IPv4 address in the form of the other kind.
            let isMapped = all[..<10].allSatisfy { $0 == 0 } && all[10] == 0xFF && all[11] == 0xFF
            bytes = isMapped ? Array(all[12...]) : all == Self.loopback6 ? [127, 0, 0, 1] : Array(all[..<8])
        case .unixDomainSocket:
            return nil
        }
    }

    private static let loopback6 = [UInt8](repeating: 0, count: 15) + [1]

    var isLoopback: Bool { bytes.count == 4 && bytes[0] == 127 }
}

/// Whose word on a caller's address is taken.
struct CallerRule: Sendable {
    /// Proxies in front of the centre, which name their caller in `X-Forwarded-For`.
    var proxies: Set<CallerAddress> = []
    /// Whether callers on this machine are counted too; else they are not, since a proxy or the staff call from there.
    var countsLoopback = false

    /// - Returns: `nil` when the caller is not counted.
    func caller(_ peer: SocketAddress?, _ headers: HTTPFields) -> CallerAddress? {
        guard let peer = peer.flatMap({ CallerAddress($0) }) else { return nil }
        if proxies.contains(peer) {
            // The last one was put there by the proxy itself; those before it by anybody.
            let last = headers[Self.forwardedFor]?.split(separator: ",").last?.trimmingSpaces()
            return last.flatMap { CallerAddress($0) } ?? peer
        }
        return peer.isLoopback && !countsLoopback ? nil : peer
    }

    private static let forwardedFor: HTTPField.Name = {
        guard let name = HTTPField.Name("X-Forwarded-For") else { preconditionFailure("a header's name is a token") }
        return name
    }()
}
