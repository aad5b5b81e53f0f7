import Foundation
import TestSupport

/// A disk of a few megabytes that programs can be started on, and that can be filled up and emptied again.
///
/// It is a tmpfs in a mount namespace of its own, which a program that does nothing keeps alive; mounting takes no rights but in a user
/// namespace of one's own. Where the system allows none, as in some containers, the programs get a limit on the size of the files
/// that they write instead (`ulimit -f`), which is a write error in the same places. `kind` says which of them it is.
final class SmallDisk {
    enum Kind: Sendable, CustomStringConvertible {
        case memoryFileSystem
        case fileSizeLimit(why: String)

        var description: String {
            switch self {
            case .memoryFileSystem: "a tmpfs"
            case .fileSizeLimit(let why): "a limit on the size of files, because there is no tmpfs to be had: \(why)"
            }
        }
    }

    let kind: Kind
    /// Where the disk is, for programs started with `launcher`.
    let path: String
    private let folder: TemporaryFolder
    private let keeper = Process()
    private let ballast: String
    private var isFull = false

    /// - Parameter kilobytes: Its size.
    init(kilobytes: Int) throws {
        folder = try TemporaryFolder("disk")
        path = folder.file("mount")
        ballast = path + "/ballast"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let output = Pipe()
        let input = Pipe()
        keeper.executableURL = URL(filePath: "/usr/bin/env")
        keeper.arguments = [
            "unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
            "mount -t tmpfs -o size=\(kilobytes)k,mode=700 tmpfs \"$0\" && echo mounted && exec cat", path,
        ]
        keeper.standardOutput = output
        keeper.standardError = output
        keeper.standardInput = input
        try keeper.run()
        let said = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        kind = said.hasPrefix("mounted") ? .memoryFileSystem : .fileSizeLimit(why: said.trimmingCharacters(in: .whitespacesAndNewlines))
        self.input = input
    }

    // Closing it would end the keeper.
    private let input: Pipe

    /// What stands before a program's own path to start it on the disk; anew after each call of `fill` and `makeRoom`.
    var launcher: [String] {
        switch kind {
        case .memoryFileSystem:
            return [
                "/usr/bin/env", "nsenter", "--preserve-credentials", "--user", "--mount", "--target", "\(keeper.processIdentifier)", "--",
            ]
        case .fileSizeLimit:
            guard isFull else { return ["/usr/bin/env"] }
            // The signal that comes with the error would end the program; ignored, the error stands alone.
            return ["/bin/bash", "-c", "trap '' XFSZ; ulimit -f \(limitKilobytes); exec \"$0\" \"$@\""]
        }
    }

    private var limitKilobytes = 0

    /// Takes up the disk, but for some kilobytes.
    ///
    /// With the limit instead: no file there may grow by more than that.
    func fill(leavingKilobytes left: Int) throws {
        isFull = true
        switch kind {
        case .memoryFileSystem:
            // What is free is measured after the ballast of before is gone.
            let script =
                "rm -f \"$0\"; free=$(df --output=avail -k \"$(dirname \"$0\")\" | tail -1); "
                + "head -c $(( (free - \(left)) * 1024 )) /dev/zero > \"$0\""
            try run(["sh", "-c", script, ballast])
        case .fileSizeLimit:
            let sizes = FileManager.default.enumerator(atPath: path)?.compactMap { name -> Int? in
                try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.size] as? Int
            }
            limitKilobytes = (sizes?.max() ?? 0) / 1024 + left
        }
    }

    func makeRoom() throws {
        isFull = false
        if case .memoryFileSystem = kind { try run(["rm", "-f", ballast]) }
    }

    /// Copies a file from the disk to where the test itself can open it.
    func copy(_ name: String, to place: String) throws {
        try run(["cp", "\(path)/\(name)", place])
    }

    /// Runs a program on the disk to its end.
    func run(_ command: [String]) throws {
        let all = launcher + command
        let outcome = try Programs.run(all[0], Array(all.dropFirst()))
        guard outcome.status == 0 else { throw EndToEndError("\(command): \(outcome.errors)") }
    }

    deinit {
        if keeper.isRunning { keeper.terminate() }
        keeper.waitUntilExit()
    }
}
