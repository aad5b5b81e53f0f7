import EntryModel
import FieldStore
import TestSupport
import Testing

@testable import FieldREPL

/// Conflicts at the desk: another station's changes arrive as a pull would bring them.
@MainActor
struct ConflictCommandTests {
    private struct Scene {
        var bench: TestDesk
        var id: UniqueID
        var short: String
    }

    /// An entry whose city was changed here and elsewhere.
    private func scene(_ reader: (any LineReading)? = nil) async throws -> Scene {
        let bench = try TestDesk(reader: reader)
        await bench.run("use brightfizz-summer")
        await bench.run("new family_name=Lima city=Martin zip=41649 state=KY")
        let entry = try #require(try bench.entries().last)
        let base = entry.state.bases(of: ["city"])
        #expect(await bench.run("edit \(entry.id) city=Inez").ok)
        try bench.applyForeign(entry.id, [Assignment(field: "city", value: .text("Lovely"))], base: base)
        return Scene(bench: bench, id: entry.id, short: EntryReference.short(entry.id))
    }

    @Test("`conflicts` shows both values, who set them and where, and which is shown")
    func conflicts() async throws {
        let scene = try await scene()
        let out = await scene.bench.run("conflicts").out
        #expect(out.contains("\(scene.short)  City (city)"))
        #expect(out.contains("1  Inez"))
        #expect(out.contains("Ana Lima here"))
        #expect(out.contains("2  Lovely"))
        #expect(out.contains("op-0123456789ab at station"))
        #expect(await scene.bench.run("status").out.contains("Conflicts"))
    }

    @Test("`resolve --take` keeps the value with that number, and the conflict is gone")
    func take() async throws {
        let scene = try await scene()
        #expect(await !scene.bench.run("resolve \(scene.short) city --take 3").ok)
        #expect(await !scene.bench.run("resolve \(scene.short) zip --take 1").ok)
        #expect(await scene.bench.run("resolve \(scene.short) --take 2").ok)
        #expect(await scene.bench.run("conflicts").out == "No conflicts.\n")
        #expect(try scene.bench.entries().last?.value(of: "city")?.value == .text("Lovely"))
        #expect(await !scene.bench.run("resolve \(scene.short) --take 1").ok)
    }

    @Test("`resolve --value` keeps a third value")
    func value() async throws {
        let scene = try await scene()
        #expect(await scene.bench.run("resolve \(scene.short) city --value 'Warfield'").ok)
        #expect(try scene.bench.entries().last?.value(of: "city")?.value == .text("Warfield"))
    }

    @Test("`resolve` alone walks through all conflicts and asks")
    func walk() async throws {
        let scene = try await scene(ListReader(lines: "x", "9", "=Warfield"))
        #expect(await scene.bench.run("resolve").out.hasSuffix("1 conflict decided, 0 left.\n"))
        #expect(try scene.bench.entries().last?.value(of: "city")?.value == .text("Warfield"))
        let left = try await self.scene(ListReader([.line("")]))
        #expect(await left.bench.run("resolve").out.hasSuffix("0 conflicts decided, 1 left.\n"))
    }

    @Test("a void that had not seen a correction is contested until somebody decides", arguments: ["--void", "--keep"])
    func contestedVoid(decision: String) async throws {
        let bench = try TestDesk()
        await bench.run("use brightfizz-summer")
        await bench.run("new family_name=Lima city=Martin")
        let entry = try #require(try bench.entries().last)
        let seen = entry.state.headIDs
        #expect(await bench.run("edit \(entry.id) city=Inez").ok)
        try bench.applyForeign(entry.id, [Assignment(field: "$void", value: .bool(true))], kind: .void, seen: seen)
        #expect(await bench.run("conflicts").out.contains("void, or not?"))
        #expect(await bench.run("resolve \(entry.id) \(decision)").ok)
        #expect(await bench.run("conflicts").out == "No conflicts.\n")
        #expect(try bench.entries().last?.isVoid == (decision == "--void"))
    }

    @Test("`undo` reports what somebody has changed since, and leaves it")
    func undoSuperseded() async throws {
        let bench = try TestDesk()
        await bench.run("use brightfizz-summer")
        await bench.run("new family_name=Lima city=Martin")
        let id = try #require(try bench.entries().last).id
        await bench.run("edit \(id) city=Inez unit=4")
        let bases = try #require(try bench.entries().last).state.bases(of: ["city"])
        try bench.applyForeign(id, [Assignment(field: "city", value: .text("Lovely"))], base: bases)
        let out = await bench.run("undo").out
        #expect(out.contains("Taken back on entry \(EntryReference.short(id)): unit."))
        #expect(out.contains("left as it is: city."))
        #expect(try bench.entries().last?.value(of: "city")?.value == .text("Lovely"))
    }
}
