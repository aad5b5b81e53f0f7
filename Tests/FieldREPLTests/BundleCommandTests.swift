import CentralStore
import EntryModel
import FieldStore
import FieldSync
import Foundation
import TestSupport
import Testing

@testable import FieldREPL

/// `bundle`, `reset` and signing out at the desk, with the real centre in the same process.
@MainActor
struct BundleCommandTests {
    /// A desk over one station of a fleet.
    @MainActor
    private final class StationDesk {
        let station: Station
        private(set) var desk: Desk!
        private(set) var out = ""
        private(set) var errors = ""

        init(_ station: Station, form: Output.Form = .plain) throws {
            self.station = station
            let output = Output(
                form: form, standard: { [unowned self] text in MainActor.assumeIsolated { out += text } },
                failure: { [unowned self] text in MainActor.assumeIsolated { errors += text } })
            desk = Desk(
                database: station.database, surroundings: station.surroundings, output: output, reader: nil,
                postal: try PostalTable.installed(), connect: { _ in CentreConnection(transport: station.transport) {} })
            desk.become(try station.database.signIn("Operator of \(station.name)", pin: nil))
        }

        func run(_ line: String) async -> (out: String, ok: Bool) {
            (out, errors) = ("", "")
            let succeeded = await CommandRunner(desk: desk).run(line)
            return (out, succeeded)
        }
    }

    @Test("a bundle goes out, the answer comes in, and each says what it did")
    func exchange() async throws {
        let fleet = try await Fleet()
        let bench = try StationDesk(try await fleet.station("kiosk"))
        let up = fleet.file("up")
        let down = fleet.file("down")
        #expect(await bench.run("bundle export \(up)").out == "0 changes written to \(up), for the centre alone.\n")
        _ = try await fleet.centre.importBundle(up)
        let id = try #require(try bench.station.database.identity?.station)
        _ = try await fleet.centre.exportBundle(for: id, of: fleet.vault, to: down)
        #expect(await bench.run("bundle import \(down)").out == "Taken in: 0 confirmed, 1 received; 0 changes unsent.\n")

        #expect(await bench.run("use summer").ok)
        #expect(await bench.run("new given_name=Sandra").ok)
        #expect(await !bench.run("bundle export \(up)").ok)
        #expect(bench.errors.contains("There is a file \(up) already"))
        let exported = await bench.run("bundle export \(up) --replace")
        #expect(exported.out.hasPrefix("1 change written to \(up), for the centre alone.\nThey count as unsent"))
        #expect(await bench.run("status").out.contains("; it is in the bundle of"))
        #expect(await !bench.run("bundle import \(up)").ok)
        #expect(bench.errors.contains("on its way to the centre"))
        _ = try await fleet.centre.importBundle(up)
        _ = try await fleet.centre.exportBundle(for: id, of: fleet.vault, to: down, replacing: true)
        #expect(await bench.run("bundle import \(down)").out == "Taken in: 1 confirmed, 0 received; 0 changes unsent.\n")
        #expect(await bench.run("status").out.contains("nothing"))
    }

    @Test("in JSON both say what they did, name by name")
    func json() async throws {
        let fleet = try await Fleet()
        let bench = try StationDesk(try await fleet.station("kiosk"), form: .json)
        #expect(await bench.run("sync").ok)
        #expect(await bench.run("use summer").ok)
        #expect(await bench.run("new given_name=Sandra").ok)
        let up = fleet.file("up")
        let exported = try JSONValue(line: Array((await bench.run("bundle export \(up)")).out.trimmed.utf8), limits: .line)
        #expect(exported["command"]?.string == "bundle")
        #expect(exported["changes"]?.integer == 1)
        #expect(exported["messages"]?.integer == 2)
        _ = try await fleet.centre.importBundle(up)
        let down = try await fleet.receipts(for: bench.station)
        let taken = try JSONValue(line: Array((await bench.run("bundle import \(down)")).out.trimmed.utf8), limits: .line)
        #expect(taken["confirmed"]?.integer == 1)
        #expect(taken["missing"]?.integer == 0)
        #expect(taken["unsent"]?.integer == 0)
    }

    @Test("a bundle that answers nothing here, or is none, fails the command and says what to do")
    func useless() async throws {
        let fleet = try await Fleet()
        let bench = try StationDesk(try await fleet.station("kiosk"))
        #expect(await bench.run("sync").ok)
        _ = try await fleet.centre.importBundle(try fleet.export(bench.station))
        let old = try await fleet.receipts(for: bench.station)
        #expect(await bench.run("sync").ok)
        #expect(await !bench.run("bundle import \(old)").ok)
        #expect(bench.errors.contains("Write a new bundle"))
        #expect(await !bench.run("bundle import \(fleet.folder.file("nothing"))").ok)
        #expect(bench.errors.contains("cannot be read"))
        for line in ["bundle", "bundle export", "bundle open x", "bundle import x --new"] { #expect(await !bench.run(line).ok, "\(line)") }
    }

    @Test("what can stand behind `bundle` is completed, the second word as a file's name")
    func completion() {
        let completion = CommandCompletion(
            usages: CommandCatalogue.usages, promotions: { [] }, fields: { [] }, batches: { [] }, entries: { _ in [] })
        #expect(completion.candidates("bundle ") == ["export", "import"])
        #expect(completion.candidates("bundle ex") == ["export"])
        #expect(completion.candidates("bundle export st") == nil)
        #expect(completion.candidates("bundle export x --") == ["--new", "--replace"])
        #expect(completion.candidates("res") == ["restore", "resolve", "reset"])
    }

    @Test("reset refuses while something is unsent, and with a bundle says where it went")
    func reset() async throws {
        let fleet = try await Fleet()
        let bench = try StationDesk(try await fleet.station("kiosk"))
        #expect(await bench.run("sync").ok)
        #expect(await bench.run("use summer").ok)
        #expect(await bench.run("new given_name=Sandra").ok)
        #expect(await !bench.run("reset --yes").ok)
        #expect(bench.errors.contains("holds 1 change that the centre has not confirmed"))
        let file = fleet.file("last")
        let asked = await bench.run("reset --bundle \(file)")
        #expect(asked.ok && asked.out.contains("--yes would empty this file, after 1 change"))
        #expect(try bench.station.unsent == 1)
        #expect(!FileManager.default.fileExists(atPath: file))

        // A disk that is full, or a folder that is not there: nothing is emptied.
        #expect(await !bench.run("reset --bundle \(fleet.folder.file("no/folder"))/x --yes").ok)
        #expect(try bench.station.unsent == 1)

        let done = await bench.run("reset --bundle \(file) --yes")
        #expect(done.ok && done.out.contains("is in \(file)"))
        #expect(try bench.station.database.identity == nil)
        #expect(await bench.run("status").out.contains("not enrolled"))
        #expect(await bench.run("operator").out.contains("Nobody is signed in"))
        #expect(await !bench.run("reset --yes").ok)
        #expect(try await fleet.centre.importBundle(file).new == 1)
    }

    @Test("reset with nothing unsent asks for --yes, and writes no bundle")
    func resetWithoutWork() async throws {
        let fleet = try await Fleet()
        let bench = try StationDesk(try await fleet.station("kiosk"))
        #expect(await bench.run("sync").ok)
        #expect(await bench.run("reset").out.contains("the centre has everything"))
        #expect(try bench.station.database.identity != nil)
        let file = fleet.file("last")
        #expect(await bench.run("reset --yes --bundle \(file)").ok)
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(try bench.station.database.identity == nil)
    }

    @Test("signing out leaves what is unsent, and offers the next person nothing of the last one's")
    func signOut() async throws {
        let fleet = try await Fleet()
        let bench = try StationDesk(try await fleet.station("kiosk"))
        #expect(await bench.run("sync").ok)
        #expect(await bench.run("use summer").ok)
        #expect(await bench.run("new given_name=Sandra").ok)
        let out = await bench.run("operator --out")
        #expect(out.ok && out.out.hasPrefix("Signed out.\n1 change is safe in this file"))
        #expect(try bench.station.unsent == 1)
        #expect(await !bench.run("new given_name=Bob").ok)
        #expect(await !bench.run("show last").ok)
        #expect(await !bench.run("operator Bo --out").ok)
        #expect(await bench.run("operator Bo").ok)
        #expect(await bench.run("new given_name=Bob").ok)
        #expect(try bench.station.unsent == 2)
    }
}

extension JSONValue {
    fileprivate var string: String? { if case .string(let text) = self { text } else { nil } }
    fileprivate var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
}
