import CentralStore
import EntryModel
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import TestSupport
import Testing

@testable import CentralServer

@Suite("Health")
struct HealthTests {
    private func application(_ centre: Centre, room: Int64?) -> some ApplicationProtocol {
        let router = Router(context: CentreRequestContext.self)
        router.add(middleware: RequestLog())
        router.add(middleware: ProblemMiddleware())
        HealthRoutes(centre: centre, surroundings: .system, room: { _ in room }).add(to: router)
        return Application(router: router)
    }

    @Test("a server that works is live and ready", arguments: ["/health/live", "/health/ready"])
    func works(_ path: String) async throws {
        let centre = try await TestCentre()
        try await centre.application().test(.router) { http in
            let response = try await http.execute(uri: path, method: .get)
            #expect(response.status == .ok)
            #expect(String(buffer: response.body).contains("\"status\":\"ok\""))
            #expect(try await http.execute(uri: path, method: .head).status == .ok)
            try expectProblem(try await http.execute(uri: path, method: .post), .methodNotAllowed)
        }
    }

    @Test("a full disk makes it not ready, and it stays live")
    func fullDisk() async throws {
        let centre = try await TestCentre()
        for (room, isReady) in [(HealthRoutes.roomBytes - 1, false), (HealthRoutes.roomBytes, true), (nil, true)] {
            try await application(centre.centre, room: room).test(.router) { http in
                let ready = try await http.execute(uri: "/health/ready", method: .get)
                #expect((ready.status == .ok) == isReady)
                if !isReady { try expectProblem(ready, .storageFull) }
                #expect(try await http.execute(uri: "/health/live", method: .get).status == .ok)
            }
        }
    }

    @Test("a catalog that cannot be read makes it not ready, and it stays live; nothing of the catalog is told")
    func noCatalog() async throws {
        let centre = try await TestCentre()
        try centre.centre.close()
        try await centre.application().test(.router) { http in
            let ready = try await http.execute(uri: "/health/ready", method: .get)
            try expectProblem(ready, .busy)
            #expect(!String(buffer: ready.body).contains(centre.folder.path))
            #expect(try await http.execute(uri: "/health/live", method: .get).status == .ok)
        }
    }

    @Test("the room of a real folder can be told")
    func room() throws {
        let folder = try TemporaryFolder("room")
        let centre = try Centre(directory: folder.file("data"))
        let room = try #require(HealthRoutes(centre: centre, surroundings: .system).room(centre.directory))
        #expect(room > 0)
    }
}
