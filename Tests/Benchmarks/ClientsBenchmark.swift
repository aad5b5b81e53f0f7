import CentralStore
import Foundation

/// What many clients cost a centre: each one's vault is asked for in turn, in a process whose memory is measured.
enum ClientsBenchmark {
    static func run(_ sizes: Sizes, in folder: String) async throws -> [Figure] {
        let directory = "\(folder)/clients"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let centre = try Centre(directory: directory)
        for number in 0..<sizes.clients { try await centre.addClient(name(number)) }
        try centre.close()
        let few = try worker(directory, sizes.clients / 100)
        let many = try worker(directory, sizes.clients)
        let megabytes = { (bytes: Int) in Double(bytes) / 1_048_576 }
        return [
            Figure(
                name: "peak memory of a centre asked for \(sizes.clients) clients against \(sizes.clients / 100)",
                value: megabytes(many.memory), unit: "MiB", baseline: megabytes(few.memory),
                ratio: megabytes(many.memory) / megabytes(few.memory), target: "at most 64 MiB more",
                isReached: megabytes(many.memory - few.memory) <= 64),
            Figure(name: "opening a client's vault and asking it", value: many.milliseconds / Double(sizes.clients), unit: "ms"),
        ]
    }

    static func name(_ number: Int) -> String { "client-\(number)" }

    private static func worker(_ directory: String, _ count: Int) throws -> (milliseconds: Double, memory: Int) {
        let words = try Processes.run("Benchmarks", ["clients", directory, String(count)]).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let milliseconds = Double(words[0]), let memory = Int(words[1]) else {
            throw BenchmarkError("the worker said: \(words.joined(separator: " "))")
        }
        return (milliseconds, memory)
    }

    /// The worker's side.
    static func work(_ directory: String, _ count: Int) async throws {
        let centre = try Centre(directory: directory)
        let seconds = try await Stopwatch.elapsed {
            for number in 0..<count {
                guard try await centre.vault(name(number))?.status().entries == 0 else { throw BenchmarkError("no vault") }
            }
        }
        print(seconds * 1000, Processes.ownPeakMemory)
        try centre.close()
    }
}
