import CentralStore
import EntryModel
import FieldStore
import FieldSync
import Foundation
import TestSupport
import Testing

/// Files that are cut, altered, or carried to the wrong place: a clear answer, and nothing is lost or changed.
@Suite("Bundles that cannot be trusted") struct BundleTrustTests {
    @Test("a bundle that was cut or altered is refused whole by the centre, and taken when it comes whole")
    func damagedAtCentre() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        // More than one message, so that a whole one stands before the damage.
        for number in 1...600 { try station.capture(["given_name": "Ann \(number)"]) }
        let file = try fleet.export(station)
        let bytes = try [UInt8](Data(contentsOf: URL(filePath: file)))
        let before = try await fleet.vault.status()
        var altered = bytes
        altered[bytes.count - 400] ^= 4
        for (content, error) in [
            (Array(bytes.dropLast(30)), BundleError.truncated), (altered, .altered), (bytes + [0], .altered),
            (Array("cards".utf8), .notABundle),
        ] {
            let path = fleet.file()
            try Data(content).write(to: URL(filePath: path))
            await #expect(throws: BundleRefusal.file(error)) { try await fleet.centre.importBundle(path) }
        }
        await #expect(throws: BundleRefusal.self) { try await fleet.centre.importBundle(fleet.file("missing")) }
        #expect(try await fleet.vault.status() == before)
        #expect(try await fleet.centre.importBundle(file).new == 600)
    }

    @Test("receipts that were cut or altered change nothing at the station")
    func damagedAtStation() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        for number in 1...600 { try station.capture(["given_name": "Ann \(number)"]) }
        _ = try await fleet.centre.importBundle(try fleet.export(station))
        let receipts = try await fleet.receipts(for: station)
        let bytes = try [UInt8](Data(contentsOf: URL(filePath: receipts)))
        let chain = try station.database.chainPosition()
        var altered = bytes
        altered[bytes.count - 40] ^= 4
        for (content, error) in [(Array(bytes.dropLast(1)), BundleError.truncated), (altered, .altered)] {
            let path = fleet.file()
            try Data(content).write(to: URL(filePath: path))
            #expect(throws: BundleFault.file(error)) { try station.exchange.take(from: path) }
        }
        #expect(try station.database.chainPosition() == chain)
        #expect(try station.exchange.take(from: receipts).acknowledged == 600)
    }

    @Test("a bundle carried to the wrong place says where it belongs")
    func wrongPlace() async throws {
        let fleet = try await Fleet()
        let tent = try await fleet.station("tent")
        let desk = try await fleet.station("desk")
        for station in [tent, desk] { await station.sync() }
        let id = try #require(try tent.database.identity?.station)
        let upward = try fleet.export(tent)
        _ = try await fleet.centre.importBundle(upward)
        let downward = try await fleet.receipts(for: tent)

        #expect(throws: BundleFault.forCentre) { try tent.exchange.take(from: upward) }
        #expect(throws: BundleFault.otherStation) { try desk.exchange.take(from: downward) }
        await #expect(throws: BundleRefusal.forStation(id)) { try await fleet.centre.importBundle(downward) }
        try await fleet.centre.addClient("harborline")
        await #expect(throws: BundleRefusal.otherClient(Fleet.client)) { try await fleet.centre.importBundle(upward, for: "harborline") }
        let other = try await Fleet(seed: 2)
        await #expect(throws: BundleRefusal.otherCentre) { try await other.centre.importBundle(upward) }
        let stranger = try await other.station("stranger")
        #expect(throws: BundleFault.otherStation) { try stranger.exchange.take(from: downward) }
        let elsewhere = try Centre(directory: fleet.folder.file("elsewhere"))
        await #expect(throws: BundleRefusal.otherClient(Fleet.client)) { try await elsewhere.importBundle(upward) }
    }

    @Test("receipts that the station's centre did not sign are refused, though they are sealed to it")
    func forged() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        try station.capture(["given_name": "Ann"])
        _ = try fleet.export(station)
        let identity = try #require(try station.database.identity)
        let state = try station.database.chainPosition()
        let request = try #require(try station.database.exports().first?.requests.first)
        let answer = PushAnswer(
            answer: AnswerLine(
                request: request, outcome: .accepted, epoch: state.epoch, through: state.head.sequence, chain: state.head.chain, durable: 0,
                time: 0), exceptions: [])
        let path = fleet.file("forged")
        try write([try Envelope.seal(kind: .pushAnswer, lines: [answer.line], key: SigningKey())], identity, path)
        #expect(throws: BundleFault.badSignature(message: 1)) { try station.exchange.take(from: path) }
        #expect(try station.unsent == 1)
        // A request of its own, signed well, is no answer either.
        let push = Array(#"{"kind":"push","v":1}"#.utf8)
        try write([try Envelope.seal(kind: .push, lines: [push], key: fleet.centre.signingKey)], identity, path)
        #expect(throws: BundleFault.badMessage(1, reason: "it is no answer to a station")) { try station.exchange.take(from: path) }
    }

    @Test("an answer to a request that the station never made is passed over, and the operator is told")
    func foreignRequest() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        try station.capture(["given_name": "Ann"])
        let identity = try #require(try station.database.identity)
        let state = try station.database.chainPosition()
        let answer = PushAnswer(
            answer: AnswerLine(
                request: Hash.line([1]), outcome: .accepted, epoch: state.epoch, through: state.head.sequence, chain: state.head.chain,
                durable: 0, time: 0), exceptions: [])
        let path = fleet.file("foreign")
        try write([try Envelope.seal(kind: .pushAnswer, lines: [answer.line], key: fleet.centre.signingKey)], identity, path)
        let summary = try station.exchange.take(from: path)
        #expect(!summary.isAnswer && summary.passedOver == 1)
        #expect(summary.sentences.count == 1)
        #expect(try station.unsent == 1)
    }

    @Test("a bundle is private to its owner, takes its name only when it is whole, and never takes another file's place unasked")
    func files() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        let file = try fleet.export(station)
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(throws: BundleFault.exists(file)) { try station.exchange.export(to: file) }
        try station.exchange.export(to: file, replacing: true)
        let nowhere = fleet.folder.file("no/such/folder/file")
        #expect(throws: BundleFault.self) { try station.exchange.export(to: nowhere) }
        #expect(!FileManager.default.fileExists(atPath: file + ".partial"))
        _ = try await fleet.centre.importBundle(file)
        let receipts = try await fleet.receipts(for: station)
        let id = try #require(try station.database.identity?.station)
        await #expect(throws: BundleRefusal.exists(receipts)) {
            try await fleet.centre.exportBundle(for: id, of: fleet.vault, to: receipts)
        }
    }

    @Test("neither the file's name nor its first line, nor any text of an error, holds what was keyed")
    func noPersonalData() async throws {
        let fleet = try await Fleet()
        let station = try await fleet.station("tent")
        await station.sync()
        try station.capture(["given_name": "Wilhelmina-Marker"])
        let bytes = try Data(contentsOf: URL(filePath: try fleet.export(station)))
        #expect(bytes.firstRange(of: Data("Marker".utf8)) == nil)
        #expect(bytes.firstRange(of: Data("given_name".utf8)) == nil)
    }

    private func write(_ messages: [[UInt8]], _ identity: StationIdentity, _ path: String) throws {
        var bytes: [UInt8] = []
        var writer = try BundleWriter(
            vault: identity.vault, to: .station(identity.station), key: identity.agreementKey.publicKeyBytes
        ) { bytes += $0 }
        for message in messages { try writer.add(message) }
        try writer.finish()
        try Data(bytes).write(to: URL(filePath: path))
    }
}
