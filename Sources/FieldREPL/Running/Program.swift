import EntryModel
import FieldStore
import FieldSync
import Foundation

/// One run of `fieldentry`: opens the file, enrols if asked to, then runs a script or talks with a person.
struct Program: Sendable {
    var file: String
    var enrolmentCode: String?
    var commands: [String]
    var isJSON: Bool
    var operatorName: String?
    var security = SecurityChoice()

    /// What the program ends with; 64 and 66 are those of sysexits.h.
    enum Exit {
        static let done: Int32 = 0
        static let failed: Int32 = 1
        static let usage: Int32 = 64
        static let cannotOpen: Int32 = 66

        /// What each of them says, for `--help` and the manual page.
        static let meanings: [(code: Int32, meaning: String)] = [
            (done, "done"), (failed, "a command failed"), (usage, "wrong usage"), (cannotOpen, "the file cannot be opened"),
        ]
    }

    /// - Returns: The exit code.
    @MainActor
    func run() async -> Int32 {
        let isInteractive = commands.isEmpty && TerminalSize.isInteractive
        let output = Output.standard(json: isJSON, isInteractive: isInteractive, environment: ProcessInfo.processInfo.environment)
        var code: EnrolmentCode?
        if let text = enrolmentCode {
            code = EnrolmentCode(text)
            guard code != nil else {
                output.failed("That is no enrolment code: it begins with fe1_ and is copied whole.", command: nil, lineNumber: nil)
                return Exit.usage
            }
        }
        guard code != nil || FileManager.default.fileExists(atPath: file) else {
            // A mistyped name must not leave an empty station behind.
            output.failed(
                "There is no file \(file). `fieldentry \(CommandWords.quoted(file)) --enrol CODE` makes one, "
                    + "with a code from the central staff.",
                command: nil, lineNumber: nil)
            return Exit.cannotOpen
        }
        let change: SecurityChoice.Change
        do {
            change = try security.read()
        } catch {
            output.failed(CommandRunner.text(of: error), command: nil, lineNumber: nil)
            return Exit.failed
        }
        let database: FieldDatabase
        let postal: PostalTable
        do {
            postal = try PostalTable.installed()
            database = try FieldDatabase(path: file, postal: postal)
            try change.keep(in: database)
        } catch {
            output.failed(CommandRunner.text(of: error), command: nil, lineNumber: nil)
            return Exit.cannotOpen
        }
        let console = isInteractive ? ReadlineConsole(rendersColours: output.hasColours) : nil
        let reader = console.map { LockingReader($0) }
        let desk = Desk(
            database: database, surroundings: .system, output: output, reader: reader, postal: postal,
            connect: { try CentreConnection.http($0, database) })
        reader?.desk = desk
        let environment = ProcessInfo.processInfo.environment
        desk.givenPIN = environment["FIELDENTRY_PIN"]
        desk.givenNewPIN = environment["FIELDENTRY_NEW_PIN"]
        return await run(desk, console, code)
    }

    @MainActor
    private func run(_ desk: Desk, _ console: ReadlineConsole?, _ code: EnrolmentCode?) async -> Int32 {
        let runner = CommandRunner(desk: desk)
        if let operatorName {
            do {
                try await desk.signIn(operatorName)
            } catch {
                desk.output.failed(CommandRunner.text(of: error), command: nil, lineNumber: nil)
                // On a terminal the person is asked again.
                guard console != nil, (try? desk.database.asksForPIN()) == true else { return Exit.failed }
            }
        }
        if let code, await !enrol(desk, code), console == nil { return Exit.failed }
        guard let console, let reader = desk.reader else {
            // Enrolling is all that was asked for when there is nobody to ask for more.
            let succeeded: Bool
            if commands.isEmpty {
                succeeded = code != nil && TerminalSize.isTerminalInput ? true : await runner.run(script: { readLine() })
            } else {
                var rest = commands[...]
                succeeded = await runner.run(script: { rest.popFirst() })
            }
            return succeeded ? Exit.done : Exit.failed
        }
        desk.announcer = { console.show($0) }
        desk.terminalLock = { SignalPipe.lock($0) }
        desk.road.resume()
        await Conversation(
            desk: desk, reader: reader, whenInterrupted: console.whenInterrupted, historyFile: HistoryFile(database: file)
        ).run()
        await desk.road.stop()
        return Exit.done
    }

    /// Enrols and fetches the promotions.
    /// - Returns: Whether both were done.
    @MainActor
    private func enrol(_ desk: Desk, _ code: EnrolmentCode) async -> Bool {
        do {
            let report = try await Enrolment.run(desk, code)
            desk.output.report(report, command: "enrol")
        } catch {
            desk.output.failed(CommandRunner.text(of: error), command: "enrol", lineNumber: nil)
            return false
        }
        return await CommandRunner(desk: desk).run(SyncCommand.usage.name)
    }
}
