import ArgumentParser
import NIOCore

/// What one server takes on, of `central serve`.
struct LoadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Requests a second that one station may send in the long run; a minute's worth may come at once. 0 for no limit.",
            valueName: "number"))
    var stationRate = 50.0

    @Option(
        help: ArgumentHelp(
            "The same for one address, counted before anything is read; callers on this machine are not counted.", valueName: "number"))
    var addressRate = 300.0

    @Option(
        help: ArgumentHelp(
            "Proxies' addresses, with commas between: their word in X-Forwarded-For is taken for where a request comes from.",
            valueName: "addresses"))
    var proxy: String?

    @Option(help: ArgumentHelp("Connections at once; who comes beyond that is told that the centre is busy.", valueName: "number"))
    var connections = 4000

    @Option(
        help: ArgumentHelp(
            "Seconds from a request's first bytes to the last ones of its answer; then the connection ends.", valueName: "seconds"))
    var requestTime = 120

    @Option(
        help: ArgumentHelp(
            "Seconds that a server goes on after SIGTERM while /health/ready says no, until a load balancer has noticed.",
            valueName: "seconds"))
    var drainTime = 0

    func validate() throws {
        guard 0...1_000_000 ~= stationRate, 0...1_000_000 ~= addressRate else {
            throw ValidationError("--station-rate and --address-rate are 0 to 1,000,000 requests a second.")
        }
        guard 1...1_000_000 ~= connections else { throw ValidationError("--connections is 1 to 1,000,000.") }
        guard 1...3600 ~= requestTime else { throw ValidationError("--request-time is 1 to 3,600 seconds.") }
        guard 0...600 ~= drainTime else { throw ValidationError("--drain-time is 0 to 600 seconds.") }
        for text in proxies where CallerAddress(text) == nil { throw ValidationError("--proxy holds what is no address: \(text)") }
    }

    private var proxies: [String] { (proxy ?? "").split(separator: ",").map { $0.trimmingSpaces() } }

    /// The server's limits with these in them.
    var limits: CentreApplication.Limits {
        var limits = CentreApplication.Limits()
        limits.stationRate = stationRate == 0 ? nil : .steady(stationRate)
        limits.addressRate = addressRate == 0 ? nil : .steady(addressRate)
        limits.callers.proxies = Set(proxies.compactMap { CallerAddress($0) })
        limits.connections = connections
        limits.request = .seconds(Int64(requestTime))
        return limits
    }
}
