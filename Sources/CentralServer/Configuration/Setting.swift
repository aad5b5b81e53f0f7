import ArgumentParser
import CentralStore
import Logging

/// One setting of the server: `--NAME` on the command line, `FIELD_ENTRY_NAME` in the environment, `NAME = VALUE` in a file.
struct Setting: Sendable {
    var name: String
    /// Whether it is on or off, so that its flag takes no value.
    var isSwitch = false
    /// Another setting, without which this one means nothing.
    var companion: String?
    /// Whether the other commands take it as well.
    var isForAll = false
    /// As it may be shown: what may be secret is left out.
    var shown: @Sendable (String) -> String = { $0 }
    /// What a server would take, of a command line that has been read; `nil` for nothing.
    var value: @Sendable (ServeCommand) -> String?

    var flag: String { "--\(name)" }
    var variable: String { "FIELD_ENTRY_" + name.uppercased().replacing("-", with: "_") }

    /// All settings, in the order in which they are shown. A test compares them with what `central serve` takes.
    static let all = [
        Setting(name: "data", isForAll: true, value: { $0.centre.directory }),
        Setting(name: "catalog", isForAll: true, shown: { "\(DatabaseAddress($0))" }, value: { $0.centre.catalog }),
        Setting(name: "listen", value: { $0.listen.defaultValueDescription }),
        Setting(name: "tls-certificate", companion: "tls-key", value: { $0.tls.tlsCertificate }),
        Setting(name: "tls-key", companion: "tls-certificate", value: { $0.tls.tlsKey }),
        Setting(name: "insecure", isSwitch: true, value: { String($0.tls.insecure) }),
        Setting(name: "url", value: { $0.url }),
        Setting(name: "station-rate", value: { String($0.load.stationRate) }),
        Setting(name: "address-rate", value: { String($0.load.addressRate) }),
        Setting(name: "proxy", value: { $0.load.proxy }),
        Setting(name: "connections", value: { String($0.load.connections) }),
        Setting(name: "request-time", value: { String($0.load.requestTime) }),
        Setting(name: "drain-time", value: { String($0.load.drainTime) }),
        Setting(name: "log-level", value: { $0.log.logLevel.rawValue }),
        Setting(name: "log-format", value: { $0.log.logFormat.rawValue }),
        Setting(name: "metrics-listen", value: { $0.metrics.metricsListen?.defaultValueDescription }),
    ]
}

/// Where a setting's value comes from.
enum SettingSource: Sendable, Equatable, CustomStringConvertible {
    case flag(String)
    case environment(String)
    case file(String, line: Int)
    case standard

    var description: String {
        switch self {
        case .flag(let flag): flag
        case .environment(let variable): variable
        case .file(let path, let line): "\(path):\(line)"
        case .standard: "default"
        }
    }
}

/// Something in the environment or in a file that is no setting, or not one of this value.
struct SettingFault: Error, Sendable, Equatable, CustomStringConvertible {
    var source: SettingSource
    var message: String

    var description: String { "\(source): \(message)" }
}
