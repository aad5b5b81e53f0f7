import FieldStore
import Foundation
import TestSupport
import Testing

/// Syncing in the background of a real terminal while somebody types.
@Suite("The watch at a terminal", .serialized) struct WatchTests {
    private let scene: DeskScene
    private var centre: LiveCentre { scene.centre }

    init() throws { scene = try DeskScene("watch") }

    @Test("what comes while a field is being typed is told above it, and the line being typed stands whole below and is taken whole")
    func above() throws {
        let left = try scene.keyingDesk()
        let right = try scene.station("right")
        try left.type("batch open MB-0001 --envelopes 5", then: "MB-0001 #1/5")
        // Its own work first, so that the watch has only the other desk's to tell of.
        try left.type("sync", then: "Synced: 1 sent,")
        try left.type("sync watch 5s", then: "`sync pause` stops that.")
        try left.type("new", then: "First name: ")
        left.terminal.type("Sand")
        try left.wait(for: "Sand")
        try right.type("batch open MB-0001 --envelopes 5", then: "MB-0001 #1/5")
        try right.type("exception empty", then: "put aside")
        try right.type("sync", then: "Synced: ")
        try left.wait(for: "Synced: 0 sent,", seconds: 30)
        // The line is drawn again below the message: its prompt and what was typed of it.
        try left.wait(for: "\n")
        try left.wait(for: "First name")
        try left.wait(for: "Sand")
        try left.type("ra", then: "Last name")
        try left.type(".", then: "Given up")
        left.terminal.type("new\r")
        try left.wait(for: "First name: ")
        left.terminal.type("\u{03}")
        try left.wait(for: "^C")
        try left.type("sync pause", then: "The station syncs only when told to.")
        try left.type("sync log", then: "complete")
        try left.type("sync why", then: "Nothing is wrong")
        #expect(try left.quit() == 0)
    }

    @Test("the watch goes on after the next start; it says that it fails and that it works again; Ctrl-C stops a sync and costs nothing")
    func failsAndGoesOn() throws {
        centre.stop()
        let proxy = try WireProxy()
        defer { proxy.close() }
        var killable = KillableCentre(data: centre.data, place: scene.folder.file("killable"), proxy: proxy)
        try killable.start()
        let file = scene.folder.file("second.fieldentry")
        try centre.enrol("second", client: "brightfizz", file: file)
        var desk = try DeskTerminal(file, ["--operator", "Ann"])
        try desk.type("use \(LiveJobTests.promotion)", then: "16 fields")
        try desk.type("sync watch 5s", then: "stops that")
        try desk.type("sync", then: "Synced: ")
        killable.kill()
        try desk.type("new given_name=Sandra", then: "Entry ")
        try desk.type("quit", then: "safe in this file")
        #expect(try desk.terminal.waitUntilExit() == 0)

        desk = try DeskTerminal(file, ["--operator", "Ann"])
        try desk.wait(for: "Syncs by itself every 5 seconds")
        try desk.type("sync", then: "trying again in", seconds: 30)
        desk.terminal.type("\u{03}")
        try desk.wait(for: "The sync was stopped.", seconds: 20)
        try desk.wait(for: "1 unsent")
        try desk.type("sync why", then: "1 change is in this file and not yet there")
        try desk.wait(for: "Sync failed: ", seconds: 60)
        try killable.start()
        try desk.wait(for: "Syncing works again: 1 sent", seconds: 60)
        killable.kill()
    }
}
