import EntryModel
import TestSupport
import Testing

/// Bundle files, sealed by a second implementation and by ours.
@Suite struct BundleVectorTests {
    @Test("a bundle gives its messages, or is refused whole for the right reason", arguments: VectorCase.load(try Vectors.load("bundles")))
    func bundle(_ vector: VectorCase) throws {
        let key = try #require(AgreementKey(bytes: try vector.bytes("receiverSeed")))
        if let reason = vector.mustFail {
            let file = try vector.bytes("file")
            let error = #expect(throws: BundleError.self) { try Self.messages(in: file, key) }
            #expect(error?.name == reason)
            return
        }
        let messages = try vector.texts("messages").map { Array($0.utf8) }
        let file = try vector.bytes("expected", "file")
        #expect(try Self.messages(in: file, key) == messages)
        let header = try BundleHeader(line: Array(try vector.text("expected", "header").utf8))
        #expect(String(decoding: header.line, as: UTF8.self) == (try vector.text("expected", "header")))
        #expect(header.vault == (try vector.text("vault")))
        #expect(header.receiver.description == (try vector.text("to")))
        #expect(key.publicKeyBytes == (try vector.bytes("receiverKey")))

        // Ours has another ephemeral key each time, so it is compared by being opened again.
        let own = try Self.file(messages, vault: header.vault, to: header.receiver, key: key.publicKeyBytes)
        #expect(own != file)
        #expect(own.count == file.count)
        #expect(try Self.messages(in: own, key) == messages)
    }

    @Test("wherever a bundle is cut, and whatever bit of it is turned, nothing of it is taken")
    func everyByte() throws {
        let key = AgreementKey()
        let file = try Self.file([Array("one\n".utf8), Array("two\n".utf8)], vault: "house", to: .centre, key: key.publicKeyBytes)
        for length in file.indices {
            #expect(throws: BundleError.self, "cut at \(length)") { try Self.messages(in: Array(file[..<length]), key) }
        }
        for index in file.indices {
            var changed = file
            changed[index] ^= 1 << UInt8(index % 8)
            #expect(throws: BundleError.self, "changed at \(index)") { try Self.messages(in: changed, key) }
        }
    }

    @Test("a message that is longer than any message may be is not put into a bundle")
    func tooLarge() throws {
        var writer = try BundleWriter(vault: "house", to: .centre, key: AgreementKey().publicKeyBytes) { _ in }
        try writer.add([UInt8](repeating: 1, count: Envelope.Limits.answerBytes))
        #expect(throws: BundleError.tooLarge) { try writer.add([UInt8](repeating: 1, count: Envelope.Limits.answerBytes + 1)) }
        #expect(writer.messages == 1)
    }

    private static func file(_ messages: [[UInt8]], vault: String, to receiver: BundleHeader.Receiver, key: [UInt8]) throws -> [UInt8] {
        var file: [UInt8] = []
        var writer = try BundleWriter(vault: vault, to: receiver, key: key) { file += $0 }
        for message in messages { try writer.add(message) }
        try writer.finish()
        return file
    }

    private static func messages(in file: [UInt8], _ key: AgreementKey) throws -> [[UInt8]] {
        var rest = file[...]
        var reader = try BundleReader { count in
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        try reader.unlock(with: key)
        var messages: [[UInt8]] = []
        while let message = try reader.next() { messages.append(message) }
        return messages
    }
}

extension BundleError {
    /// The case's name, as the vectors have it.
    fileprivate var name: String {
        switch self {
        case .notABundle: "notABundle"
        case .unsupportedVersion: "unsupportedVersion"
        case .otherKey: "otherKey"
        case .truncated: "truncated"
        case .altered: "altered"
        case .tooLarge: "tooLarge"
        }
    }
}
