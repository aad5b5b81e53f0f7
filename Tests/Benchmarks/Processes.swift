import Foundation

/// The built programs beside this one, run as processes of their own so that each one's memory can be told.
enum Processes {
    static let folder: URL = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()

    /// Runs a program to its end.
    /// - Returns: What it wrote to its standard output.
    @discardableResult
    static func run(_ name: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = folder.appending(path: name)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.standardError
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchmarkError("\(name) \(arguments.prefix(3).joined(separator: " ")) ended with \(process.terminationStatus)")
        }
        return text
    }

    /// The greatest resident memory so far of this process, bytes.
    static var ownPeakMemory: Int {
        // What `getrusage` says on Linux begins with the memory of the process that started this one.
        if let peak = peakMemory(of: getpid()) { return peak }
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #else
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss * 1024
        #endif
    }

    /// The greatest resident memory so far of another process, bytes; `nil` where the system does not tell.
    static func peakMemory(of process: Int32) -> Int? {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kilobytes = line.split(separator: " ").compactMap({ Int($0) }).first
        else { return nil }
        return kilobytes * 1024
    }

    /// A port of the loopback that nothing listens on at the moment.
    static func freePort() throws -> Int {
        #if canImport(Darwin)
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #else
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard bound else { throw BenchmarkError("no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// A centre on a port of its own for as long as this object lives.
final class BenchmarkCentre {
    private let process = Process()

    init(data: String, port: Int) throws {
        process.executableURL = Processes.folder.appending(path: "central")
        process.arguments = ["serve", "--data", data, "--listen", "127.0.0.1:\(port)"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        guard !output.fileHandleForReading.availableData.isEmpty else { throw BenchmarkError("central did not start") }
    }

    var peakMemory: Int? { Processes.peakMemory(of: process.processIdentifier) }

    func stop() {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }

    deinit {
        stop()
    }
}
