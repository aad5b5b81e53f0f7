/// Why a message got no answer from the centre. Nothing is lost by it: what was not acknowledged stays in the station's file.
public struct TransportFailure: Error, Hashable, Sendable {
    public enum Code: String, Sendable, CaseIterable {
        /// No connection, or it broke.
        case unreachable
        /// Connected, but no whole answer in time.
        case timeout
        /// The connection could not be secured.
        case tls
        /// Plain HTTP beyond this machine, and nobody said that it may be; nothing was sent.
        case insecure
        /// The answer is over the size limit.
        case tooLarge
        /// Something else answers at this address.
        case notFieldEntry
        /// An answer, but not to what was asked.
        case otherAnswer
    }

    public var code: Code
    /// The centre's address, as in the enrolment code.
    public var address: String
    /// What is known beyond the code, for support; no personal data.
    public var detail: String?

    public init(_ code: Code, address: String, detail: String? = nil) {
        self.code = code
        self.address = address
        self.detail = detail
    }

    /// Whether the same request can succeed later without anybody changing anything.
    public var isRetryable: Bool {
        switch code {
        case .unreachable, .timeout, .otherAnswer: true
        case .tls, .insecure, .tooLarge, .notFieldEntry: false
        }
    }
}

extension TransportFailure: CustomStringConvertible {
    /// One or two sentences for a person: what happened, and what to do.
    public var description: String {
        let said = detail.map { " (\($0))" } ?? ""
        return switch code {
        case .unreachable:
            "The centre at \(address) could not be reached\(said). Check the network connection and sync again."
        case .timeout:
            "The centre at \(address) did not answer in time\(said). The network may be slow; sync again later."
        case .tls:
            "The connection to \(address) could not be secured\(said), so nothing was sent. Check this machine's date and time. "
                + "A centre with a certificate authority of its own is believed once this station has that authority's certificate; "
                + "ask the central staff."
        case .insecure:
            "The address \(address) is not secured by TLS, so that others on the way could read entries\(said). Nothing was sent. "
                + "Ask the central staff for an https address, or whether plain HTTP may be used here."
        case .tooLarge:
            "The answer from \(address) is over the size limit\(said). Tell the central staff."
        case .notFieldEntry:
            "What answers at \(address) is not a Field Entry centre\(said). "
                + "A network that asks for a login page does this: open a browser, sign in to the network, and sync again."
        case .otherAnswer:
            "What came back from \(address) answers another request\(said). Sync again."
        }
    }
}
