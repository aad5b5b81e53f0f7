import ArgumentParser
import AsyncHTTPClient
import EntryModel
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// `central --server URL --token-file FILE COMMAND …`: a command that runs in the server at that address.
struct RemoteCentre {
    /// Stand before the command.
    struct Options: Equatable {
        var server: String
        var tokenFile: String
        var authorities: String?
        var isInsecure = false
        /// The command, as it would be typed there.
        var arguments: [String]

        /// - Returns: `nil` when no server is named.
        /// - Throws: `ValidationError` when one is and the rest does not fit.
        init?(_ arguments: some Sequence<String>) throws {
            var rest = Array(arguments)[...]
            var values: [String: String] = [:]
            var isInsecure = false
            while let option = rest.first, ["--server", "--token-file", "--ca", "--insecure"].contains(option) {
                rest = rest.dropFirst()
                guard option != "--insecure" else {
                    isInsecure = true
                    continue
                }
                guard let value = rest.popFirst() else { throw ValidationError("Missing value for '\(option)'") }
                values[option] = value
            }
            guard !values.isEmpty || isInsecure else { return nil }
            guard let server = values["--server"] else { throw ValidationError("--token-file, --ca and --insecure go with --server.") }
            guard isCentreURL(server) else { throw ValidationError("--server is not an http or https address: \(server)") }
            guard isInsecure || !HostName.isPlainBeyondThisMachine(server) else {
                throw ValidationError(
                    "\(server) is not secured by TLS: others on the way could read along. --insecure does it all the same.")
            }
            guard let tokenFile = values["--token-file"] else { throw ValidationError("--token-file names the file with your token.") }
            self.server = server
            self.tokenFile = tokenFile
            authorities = values["--ca"]
            self.isInsecure = isInsecure
            self.arguments = Array(rest)
        }
    }

    var options: Options

    /// Runs the command there and writes what it wrote.
    /// - Returns: Its exit code.
    func run() async throws -> Int32 {
        let call = try call()
        let configuration = try configuration()
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let outcome: RemoteOutcome
        do {
            outcome = try await send(call, client)
        } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
        if !outcome.output.isEmpty { try Output.current.result(outcome.output) }
        if !outcome.remarks.isEmpty { try Output.current.remark(outcome.remarks) }
        return outcome.exit
    }

    /// What is wrong with the command itself is told here, without asking the server.
    private func call() throws -> RemoteCall {
        var command = try CentralCommand.parseAsRoot(options.arguments)
        // Help is the same everywhere, and printed here.
        if options.arguments.isEmpty || options.arguments.contains(where: ["help", "--help", "-h"].contains) { try command.run() }
        guard command is any RemoteCommand else { throw Refusal(StaffRefusal.onlyHere.description) }
        guard let put = command as? PromotionCommand.Put else { return RemoteCall(arguments: options.arguments) }
        let document = String(decoding: try InputFile.bytes(put.file), as: UTF8.self)
        return RemoteCall(arguments: options.arguments, files: [put.file: document])
    }

    private func configuration() throws -> HTTPClient.Configuration {
        var security = TLSConfiguration.makeClientConfiguration()
        security.minimumTLSVersion = .tlsv12
        if let path = options.authorities {
            guard let certificates = try? NIOSSLCertificate.fromPEMBytes(try InputFile.bytes(path)), !certificates.isEmpty else {
                throw Refusal("There is no certificate to be read in \(path).")
            }
            security.trustRoots = .certificates(certificates)
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: security, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: .seconds(300), write: .seconds(60)))
        // Whoever waits at a terminal is told at once that a connection could not be made or secured.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    private func send(_ call: RemoteCall, _ client: HTTPClient) async throws -> RemoteOutcome {
        let token = String(decoding: try InputFile.bytes(options.tokenFile), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        var request = HTTPClientRequest(url: options.server + RemoteCall.path)
        request.method = .POST
        request.headers = ["content-type": "application/json", "authorization": "Bearer \(token)"]
        request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(call)))
        let response: HTTPClientResponse
        let body: ByteBuffer
        do {
            response = try await client.execute(request, timeout: .seconds(300))
            body = try await response.body.collect(upTo: 2 * RemoteOutcome.greatestBytes)
        } catch {
            throw Refusal(CallFault(error, server: options.server).description)
        }
        let bytes = Array(body.readableBytesView)
        if response.status == .ok, let outcome = try? JSONDecoder().decode(RemoteOutcome.self, from: Data(bytes)) { return outcome }
        let title = (try? JSONValue(line: bytes, limits: .line))?["title"]
        guard case .string(let reason)? = title else {
            throw Refusal("What answers at \(options.server) is no centre that takes commands (HTTP \(response.status.code)).")
        }
        throw Refusal("\(options.server): \(reason)")
    }
}

/// A file that a command reads: from this machine, or what a call from elsewhere brought along.
enum InputFile {
    static func bytes(_ path: String) throws -> [UInt8] {
        if let session = StaffSession.current {
            guard let bytes = session.files[path] else { throw Refusal("\(path) did not come with the call.") }
            return bytes
        }
        do {
            return try [UInt8](Data(contentsOf: URL(filePath: path)))
        } catch {
            throw Refusal("\(path) cannot be read: \((error as NSError).localizedDescription)")
        }
    }
}
