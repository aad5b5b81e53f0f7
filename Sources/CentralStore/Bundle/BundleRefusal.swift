public import EntryModel

/// Why a bundle was not taken or not written. Whichever it is, nothing was changed, and the file that came is as it was.
public enum BundleRefusal: Error, Sendable, Equatable {
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    /// There is a file of that name already.
    case exists(String)
    /// The file itself: no bundle, cut, altered, a newer version.
    case file(BundleError)
    /// Receipts, or pages of the feed, on their way to a station.
    case forStation(UniqueID)
    case otherClient(String)
    /// Sealed to the key of another centre, or of this one before its catalog was lost.
    case otherCentre
    case unknownStation(UniqueID)
    /// A message, counted from 1, that is not signed by the station whose bundle it is, or is of another client.
    case badSignature(message: Int)
    /// A message, counted from 1, that cannot be read, or is none that a station's bundle has.
    case badMessage(Int, reason: String)
    /// As much is kept of the station as may be.
    case noRoom(UniqueID, limit: Int)
    /// The station has never sent a bundle here, so there is nothing to answer.
    case nothingAsked(UniqueID)
    /// There is no push of that number among those that are kept.
    case notKept(Int64)
}

extension BundleRefusal {
    /// What went wrong with a bundle's file.
    init(_ error: BundleFileError) {
        switch error {
        case .unreadable(let path, let reason): self = .unreadable(path: path, reason: reason)
        case .unwritable(let path, let reason): self = .unwritable(path: path, reason: reason)
        case .exists(let path): self = .exists(path)
        }
    }
}

extension BundleRefusal: CustomStringConvertible {
    /// What happened, what is safe, what to do next.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason). Nothing was changed."
        case .unwritable(let path, let reason):
            "\(path) cannot be written: \(reason). No bundle was written; what was taken in before is safe. Make room or choose another place."
        case .exists(let path): "There is a file \(path) already. Choose another name, or let --replace put the new one in its place."
        case .file(let error): "\(error)"
        case .forStation(let station):
            "The bundle is for station \(station), not for the centre. Nothing was changed. Carry it to that station."
        case .otherClient(let client):
            "The bundle is of a client \"\(client)\", whose entries are not kept here. Nothing was changed. Carry it to that client's centre."
        case .otherCentre:
            "The bundle is sealed to the key of another centre. Nothing was changed. Carry it to the centre that enrolled the station."
        case .unknownStation(let station):
            "The bundle is from a station \(station) that was never enrolled here. Nothing was changed. Look whose it is before anything else."
        case .badSignature(let number):
            "Message \(number) of the bundle is not signed by the station that the others are from. Nothing was changed. "
                + "Have the station write the bundle again; if it goes on, somebody has made it up."
        case .badMessage(let number, let reason):
            "Message \(number) of the bundle cannot be used: \(reason). Nothing was changed. Update this program, or the station's."
        case .noRoom(let station, let limit):
            "Of station \(station) \(limit) messages are kept already, and more are not. Nothing was changed; the bundle stays where it is. "
                + "Accept what is kept, or take in the bundle that comes before."
        case .nothingAsked(let station):
            "Station \(station) has sent no bundle yet, so there is nothing to answer. Have it write one, and take that in first."
        case .notKept(let number): "No push number \(number) is kept. `central bundle list` shows those that are. Nothing was changed."
        }
    }
}
