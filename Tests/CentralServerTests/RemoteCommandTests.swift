import ArgumentParser
import CentralStore
import EntryModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import CentralServer

@Suite("Administration over HTTP")
struct RemoteCommandTests {
    private let test: TestCentre
    private let entry: UniqueID
    private let station: UniqueID

    init() async throws {
        test = try await TestCentre()
        var kiosks: [TestStation] = []
        for name in ["Kiosk 1", "Kiosk 2"] {
            kiosks.append(try await test.enrol(try await test.centre.invite(client: "brightfizz", name: name, url: "http://127.0.0.1:1")))
        }
        entry = try kiosks[0].capture(TestCentre.form, [("given_name", .text("Wilhelmina")), ("city", .text("Peoria"))])
        let captured = kiosks[0].unsent[0].id
        try kiosks[0].edit(TestCentre.form, entry, "city", .text("Pekin"), replacing: [captured])
        try kiosks[1].edit(TestCentre.form, entry, "city", .text("Paris"), replacing: [captured])
        for kiosk in kiosks { _ = try await test.centre.answer(.push, try kiosk.push()) }
        station = kiosks[1].id
    }

    private func call(
        _ http: any TestClientProtocol, _ token: String?, _ arguments: [String], files: [String: String]? = nil
    ) async throws -> (status: Int, outcome: RemoteOutcome?, body: String) {
        var headers: HTTPFields = [.contentType: "application/json"]
        if let token { headers[.authorization] = "Bearer \(token)" }
        let body = try JSONEncoder().encode(RemoteCall(arguments: arguments, files: files))
        let response = try await http.execute(uri: RemoteCall.path, method: .post, headers: headers, body: ByteBuffer(bytes: body))
        let bytes = Data(response.body.readableBytesView)
        return (response.status.code, try? JSONDecoder().decode(RemoteOutcome.self, from: bytes), String(decoding: bytes, as: UTF8.self))
    }

    /// A command of each permission, which succeeds where it is allowed.
    private var commands: [(StaffPermission, [String])] {
        [
            (.overview, ["status", "--client", "brightfizz"]), (.overview, ["station", "list", "--client", "brightfizz"]),
            (.overview, ["entry", "list", "--client", "brightfizz"]), (.overview, ["conflict", "list", "--client", "brightfizz"]),
            (.overview, ["quarantine", "list", "--client", "brightfizz"]), (.overview, ["promotion", "list", "--client", "brightfizz"]),
            (.stations, ["station", "invite", "--name", "K", "--url", "https://h", "--client", "brightfizz"]),
            (.stations, ["station", "assign", station.description, "--client", "brightfizz", "--promotion", "summer"]),
            (.promotions, ["promotion", "put", "doc.json", "--client", "brightfizz"]),
            (.personal, ["entry", "show", entry.description, "--client", "brightfizz", "--purpose", "a test"]),
            (.personal, ["entry", "export", "--client", "brightfizz", "--purpose", "a test"]),
            (.personal, ["conflict", "list", "--client", "brightfizz", "--purpose", "a test"]),
            (.reads, ["reads", "list", "--client", "brightfizz"]),
            (.decisions, ["conflict", "resolve", entry.description, "city", "--value", "Pekin", "--client", "brightfizz"]),
        ]
    }

    @Test("each role can do what it is for and nothing else, and at the client that it is for", arguments: StaffRole.allCases)
    func roles(_ role: StaffRole) async throws {
        let here = try await test.centre.addStaff("here", grants: [StaffGrant(role, client: "brightfizz")])
        let elsewhere = try await test.centre.addStaff("elsewhere", grants: [StaffGrant(role, client: "other")])
        let document = ["doc.json": try TestCentre.document(client: "brightfizz").text]
        try await test.application().test(.router) { http in
            for (permission, arguments) in commands {
                let answer = try await call(http, here, arguments, files: document)
                if role.permissions.contains(permission) {
                    #expect(answer.status == 200 && answer.outcome?.exit == 0, "\(arguments): \(answer.body)")
                } else {
                    #expect(answer.status == 403, "\(arguments): \(answer.body)")
                }
                #expect(
                    answer.body.contains("Wilhelmina")
                        == (answer.status == 200 && arguments.prefix(2) == ["entry", "show"]
                            || answer.status == 200 && arguments.prefix(2) == ["entry", "export"]))
                let foreign = try await call(http, elsewhere, arguments, files: document)
                #expect(foreign.outcome?.exit != 0, "\(arguments)")
                for secret in ["Wilhelmina", "Pekin", "Paris", "Kiosk", "Summer Splash"] {
                    #expect(!foreign.body.contains(secret), "\(arguments): \(foreign.body)")
                }
            }
        }
    }

    @Test("a client at which one is nobody looks like one that is not there, and is in no list")
    func noHints() async throws {
        let token = try await test.centre.addStaff("ann", grants: [StaffGrant(.supervisor, client: "other")])
        try await test.application().test(.router) { http in
            for (_, arguments) in commands {
                let foreign = try await call(http, token, arguments)
                let missing = try await call(http, token, arguments.map { $0 == "brightfizz" ? "nosuchclient" : $0 })
                #expect(foreign.status == missing.status)
                #expect(foreign.body.replacing("brightfizz", with: "nosuchclient") == missing.body)
            }
            let clients = try await call(http, token, ["client", "list"])
            #expect(clients.outcome?.output.contains("other") == true && !clients.body.contains("brightfizz"))
            let status = try await call(http, token, ["status"])
            #expect(status.outcome?.output.contains("other") == true && !status.body.contains("brightfizz"))
            // With one client to choose from none has to be named.
            let stations = try await call(http, token, ["station", "list"])
            #expect(stations.outcome?.remarks == "The client has no station yet.\n")
        }
    }

    @Test("without a token, with a wrong one or with one that was ended nothing is said")
    func tokens() async throws {
        let token = try await test.centre.addStaff("ann", grants: [StaffGrant(.reader)])
        try await test.application().test(.router) { http in
            #expect(try await call(http, token, ["status"]).status == 200)
            for wrong in [nil, "", "x", token + "x", "fes1_" + String(repeating: "0", count: 64)] {
                let answer = try await call(http, wrong, ["status"])
                #expect(answer.status == 401)
                #expect(!answer.body.contains("brightfizz"))
            }
            try await test.centre.removeStaff("ann")
            #expect(try await call(http, token, ["status"]).status == 401)
        }
    }

    @Test("what works on the centre's own machine only is refused, and no path or folder of it can be named")
    func onlyHere() async throws {
        let token = try await test.centre.addStaff("ann", grants: StaffRole.allCases.map { StaffGrant($0) })
        try await test.application().test(.router) { http in
            for arguments in [
                ["doctor"], ["serve"], ["staff", "list"], ["staff", "add", "bob", "--role", "reader"], ["client", "add", "third"],
                ["bundle", "list", "--client", "other"],
            ] {
                let answer = try await call(http, token, arguments)
                #expect(answer.status == 404, "\(arguments)")
            }
            let path = test.folder.file("stolen.csv")
            for arguments in [
                ["status", "--data", test.centre.directory], ["status", "--catalog", "postgres://elsewhere/x"],
                ["entry", "export", "--client", "brightfizz", "--purpose", "a test", "--output", path],
                ["promotion", "put", "/etc/hostname", "--client", "brightfizz"],
            ] {
                let answer = try await call(http, token, arguments)
                #expect(answer.outcome?.exit == 1, "\(arguments): \(answer.body)")
            }
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(try await call(http, token, ["status", "--nonsense"]).outcome?.exit == 64)
        }
    }

    @Test("decisions and reads carry the account's own id, whatever the call says")
    func attribution() async throws {
        let token = try await test.centre.addStaff("ann", grants: [StaffGrant(.supervisor)])
        try await test.application().test(.router) { http in
            let show = ["entry", "show", entry.description, "--client", "brightfizz", "--purpose", "ticket 1", "--as", "bob", "--history"]
            #expect(try await call(http, token, show).outcome?.exit == 0)
            #expect(try await test.centre.personalReads().map(\.reader) == ["ann"])
            let resolve = [
                "conflict", "resolve", entry.description, "city", "--value", "Pekin", "--client", "brightfizz", "--operator", "bob",
            ]
            #expect(try await call(http, token, resolve).outcome?.exit == 0)
            let vault = try #require(try await test.centre.vault("brightfizz"))
            #expect(try await vault.history(entry).last?.change.header.operatorID == "ann")
        }
    }

    @Test("the program calls a server as it calls the files: the same command, the same answer, the same exit code")
    func program() async throws {
        let token = try await test.centre.addStaff("ann", grants: StaffRole.allCases.map { StaffGrant($0) })
        let tokenFile = test.folder.file("token")
        try Data("\(token)\n".utf8).write(to: URL(filePath: tokenFile))
        let document = test.folder.file("autumn.json")
        let text = try TestCentre.document(client: "brightfizz").text.replacing("\"summer\"", with: "\"autumn\"")
        try Data(text.utf8).write(to: URL(filePath: document))
        let here = Commands(data: test.centre.directory)
        try await test.application().test(.live) { http in
            let server = "http://127.0.0.1:\(try #require(http.port))"
            func remote(_ arguments: [String]) async throws -> (exit: Int32, output: String, remarks: String) {
                let options = try #require(try RemoteCentre.Options(["--server", server, "--token-file", tokenFile] + arguments))
                let written = Mutex((output: "", remarks: ""))
                let output = Output(
                    result: { text in written.withLock { $0.output += text } }, remark: { text in written.withLock { $0.remarks += text } })
                let exit = try await Output.$current.withValue(output) { try await RemoteCentre(options: options).run() }
                return written.withLock { (exit, $0.output, $0.remarks) }
            }
            for arguments in [["client", "list", "--json"], ["status", "--json"], ["station", "list", "--client", "brightfizz"]] {
                let answer = try await remote(arguments)
                #expect(answer.exit == 0)
                #expect(answer.output == (try await here.run(arguments).result))
            }
            let put = try await remote(["promotion", "put", document, "--client", "brightfizz"])
            #expect(put.exit == 0 && put.remarks.contains("autumn/1 was put"), "\(put)")
            let refused = try await remote(["entry", "show", entry.description, "--client", "nobody", "--purpose", "a test"])
            #expect(refused.exit == 1 && refused.remarks.contains("There is no client \"nobody\""), "\(refused)")
            await #expect(throws: Refusal.self) { try await remote(["doctor"]) }
            let help = await #expect(throws: (any Error).self) { try await remote(["status", "--help"]) }
            #expect(CentralCommand.fullMessage(for: try #require(help)).contains("USAGE: central status"))
            try Data("fes1_wrong".utf8).write(to: URL(filePath: tokenFile))
            let wrong = await #expect(throws: Refusal.self) { try await remote(["status"]) }
            #expect(wrong?.description.contains("The token is not known here") == true, "\(String(describing: wrong))")
        }
    }

    @Test("where a server is called has to be said whole, and secured beyond this machine")
    func options() throws {
        #expect(try RemoteCentre.Options(["status"]) == nil)
        for wrong in [
            ["--server"], ["--server", "centre", "--token-file", "f"], ["--server", "https://h"], ["--token-file", "f", "status"],
            ["--server", "http://centre.example", "--token-file", "f", "status"], ["--insecure", "status"],
        ] {
            #expect(throws: (any Error).self) { try RemoteCentre.Options(wrong) }
        }
        let options = try RemoteCentre.Options(["--insecure", "--server", "http://h.example", "--token-file", "f", "status", "--json"])
        #expect(options?.arguments == ["status", "--json"] && options?.isInsecure == true)
    }
}
