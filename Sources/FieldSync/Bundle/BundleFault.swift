public import EntryModel

/// Why a bundle was not written or not taken in at a station. Whichever it is, the station's file is as it was.
public enum BundleFault: Error, Sendable, Equatable {
    case notEnrolled
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    /// There is a file of that name already.
    case exists(String)
    /// The station's file lacks a change of its own.
    case incomplete(sequence: Int64)
    /// The file itself: no bundle, cut, altered, a newer version.
    case file(BundleError)
    /// A station's bundle, on its way to the centre.
    case forCentre
    case otherClient(String)
    /// For another station, or for this one before it was enrolled anew.
    case otherStation
    /// A message, counted from 1, that the centre of this station's enrolment did not sign.
    case badSignature(message: Int)
    /// A message, counted from 1, that cannot be read.
    case badMessage(Int, reason: String)
}

extension BundleFault {
    /// What went wrong with a bundle's file.
    init(_ error: BundleFileError) {
        switch error {
        case .unreadable(let path, let reason): self = .unreadable(path: path, reason: reason)
        case .unwritable(let path, let reason): self = .unwritable(path: path, reason: reason)
        case .exists(let path): self = .exists(path)
        }
    }
}

extension BundleFault: CustomStringConvertible {
    /// What happened, what is safe, what to do next.
    public var description: String {
        switch self {
        case .notEnrolled: "This file is not enrolled with a centre. Ask the central staff for an enrolment code."
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason). Nothing was changed."
        case .unwritable(let path, let reason):
            "\(path) cannot be written: \(reason). No bundle was written; everything keyed is safe in this station's file. "
                + "Make room or choose another place."
        case .exists(let path): "There is a file \(path) already. Choose another name, or replace it. No bundle was written."
        case .incomplete(let sequence):
            "This station's file has no record of its change number \(sequence), which the centre has not confirmed. No bundle was written. "
                + "Keep the file and a copy of it, and tell the central staff."
        case .file(let error): "\(error)"
        case .forCentre: "The bundle is on its way to the centre. Nothing was changed. Carry it there; the answer comes in another file."
        case .otherClient(let client):
            "The bundle is of the client \"\(client)\", to whom this station does not belong. Nothing was changed."
        case .otherStation: "The bundle is for another station. Nothing was changed. Carry it to the station that it is for."
        case .badSignature(let number):
            "Message \(number) of the bundle was not signed by the centre that this station was enrolled with. Nothing was changed. "
                + "Tell the central staff: somebody may have made it up."
        case .badMessage(let number, let reason):
            "Message \(number) of the bundle cannot be used: \(reason). Nothing was changed. Update this program, or tell the central staff."
        }
    }

    /// Wraps what is wrong with a file, once, at this module's edge.
    static func wrapping<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as BundleError { throw BundleFault.file(error) }
    }
}
