import TestSupport

/// A live centre with the sample promotion, and its stations with people at their terminals.
struct DeskScene {
    let folder: TemporaryFolder
    let centre: LiveCentre
    /// The station that is there from the beginning.
    let file: String

    /// - Parameters:
    ///   - name: Of the folder.
    ///   - operatorName: The station's first operator, without a PIN, so that a terminal does not offer one; `nil` for none.
    init(_ name: String, operatorName: String? = "Ann") throws {
        folder = try TemporaryFolder(name)
        centre = try LiveJobTests.centre(folder)
        file = folder.file("desk.fieldentry")
        try centre.enrol("desk", client: "brightfizz", file: file, operatorName: operatorName)
    }

    /// Ann, or whom the arguments say, before the station's terminal.
    func desk(
        _ arguments: [String] = ["--operator", "Ann"], environment: [String: String] = [:], columns: Int = 100
    ) throws -> DeskTerminal {
        try DeskTerminal(file, arguments, environment: environment, columns: columns)
    }

    /// Ann at the station, about to key cards of the sample promotion.
    func keyingDesk(environment: [String: String] = [:], columns: Int = 100) throws -> DeskTerminal {
        let desk = try desk(environment: environment, columns: columns)
        try desk.type("use \(LiveJobTests.promotion)", then: "fields)\r\n")
        return desk
    }

    /// Enrols one more station, with Ann at it.
    func station(_ name: String) throws -> DeskTerminal {
        let other = folder.file("\(name).fieldentry")
        try centre.enrol(name, client: "brightfizz", file: other)
        let desk = try DeskTerminal(other, ["--operator", "Ann"])
        try desk.type("use \(LiveJobTests.promotion)", then: "fields)\r\n")
        return desk
    }

    /// Runs commands at the station as a script.
    func script(_ commands: String..., environment: [String: String] = [:]) throws -> Programs.Outcome {
        try script(commands, environment: environment)
    }

    func script(_ commands: [String], environment: [String: String] = [:]) throws -> Programs.Outcome {
        try Programs.run("fieldentry", [file, "--operator", "Ann"] + commands.flatMap { ["-c", $0] }, environment: environment)
    }
}
