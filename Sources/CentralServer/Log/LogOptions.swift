import ArgumentParser
import Logging

/// `--log-level` and `--log-format`.
struct LogOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Option(
        help: "How much to log to standard error: trace, debug, info, notice, warning, error or critical.",
        transform: { text in
            guard let level = Logger.Level(rawValue: text) else { throw ValidationError("there is no log level \(text)") }
            return level
        })
    var logLevel = Logger.Level.info

    @Option(help: "How a line of the log is written: text for people, json with one object a line for programs.")
    var logFormat = Format.text

    /// The server's log.
    func logger() -> Logger {
        var logger = Logger(label: "central") { label in
            switch logFormat {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label: label)
            }
        }
        logger.logLevel = logLevel
        return logger
    }
}
