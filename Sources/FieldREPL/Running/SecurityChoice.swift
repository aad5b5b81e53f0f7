import FieldStore
import FieldSync
import Foundation

/// What `--ca`, `--insecure` and `--secure` say about the connections to the centre.
struct SecurityChoice: Sendable {
    /// A PEM file, or `system`; `nil` when nothing was said.
    var authorities: String?
    /// `nil` when nothing was said.
    var allowsPlain: Bool?

    static let system = "system"

    /// What the choice changes in a station's file.
    struct Change: Sendable {
        fileprivate enum Authorities {
            case asBefore, system
            case pem([UInt8])
        }

        fileprivate var authorities: Authorities
        fileprivate var allowsPlain: Bool?

        /// What was not said stays as it is there.
        func keep(in database: FieldDatabase) throws {
            let before = try database.connectionSettings()
            var settings = before
            switch authorities {
            case .asBefore: break
            case .system: settings.authorities = nil
            case .pem(let pem): settings.authorities = pem
            }
            settings.allowsPlain = allowsPlain ?? settings.allowsPlain
            if settings != before { try database.setConnectionSettings(settings) }
        }
    }

    /// Reads the file that was named.
    /// - Throws: `CommandFailure` when it holds no certificates.
    func read() throws -> Change {
        guard let authorities else { return Change(authorities: .asBefore, allowsPlain: allowsPlain) }
        guard authorities != Self.system else { return Change(authorities: .system, allowsPlain: allowsPlain) }
        let bytes: [UInt8]
        do {
            bytes = Array(try Data(contentsOf: URL(filePath: authorities)))
        } catch {
            throw CommandFailure("The file \(authorities) cannot be read: \((error as NSError).localizedDescription) Nothing was changed.")
        }
        do {
            return Change(authorities: .pem(try CertificateAuthorities(pem: bytes).pem), allowsPlain: allowsPlain)
        } catch {
            throw CommandFailure("\(authorities): \(error)")
        }
    }
}

/// What the program's own options can do about a connection that was not let through.
enum ConnectionAdvice {
    /// - Parameter outcome: The word for how a sync ended.
    static func sentence(_ outcome: String) -> String? {
        switch TransportFailure.Code(rawValue: outcome) {
        case .tls: "`fieldentry FILE --ca CA.pem` makes this station believe the authority in that file from now on."
        case .insecure: "`fieldentry FILE --insecure` makes this station speak plain HTTP from now on, where the network is safe."
        default: nil
        }
    }
}
