import EntryModel

extension Centre {
    /// Takes in a bundle that a station wrote.
    ///
    /// The whole file is read and every signature checked before anything is taken; then each message is a transaction of its own, so that
    /// taking the file in again goes on where this was interrupted, and changes nothing when it was not.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - client: Whose it has to be; `nil` for whosever it is.
    /// - Throws: `BundleRefusal`, and then nothing was taken; `CentreError` when a database failed, and then the file can be taken in again.
    /// - SeeAlso: Protocol/README.md, "Bundles".
    @concurrent
    public func importBundle(_ path: String, for client: String? = nil) async throws -> BundleReceipt {
        var (vault, reader) = try await open(path, for: client)
        let (station, number, pushes) = try await check(&reader, vault)
        guard let station else { return BundleReceipt(client: vault.client) }
        let record = try await vault.stationRecord(station)
        if let pushes { try await vault.checkRoom(for: number, pushes) }
        try await vault.forgetAsked(by: station)
        var receipt = BundleReceipt(client: vault.client, station: station, stationName: record.name)
        (vault, reader) = try await open(path, for: vault.client)
        // Checked once more: the file may have been changed since, and what is acted on is what was checked.
        while let message = try await next(&reader, receipt.messages + 1, vault, of: station) {
            try Task.checkCancellation()
            receipt.messages += 1
            try await take(message, vault, &receipt)
        }
        return receipt
    }

    /// Finds the store of a bundle's client, and gets ready to read its messages.
    private func open(_ path: String, for client: String?) async throws -> (Vault, BundleReader) {
        let file = try BundleFileReader(path: path) { BundleRefusal($0) }
        var reader = try BundleRefusal.wrapping { try BundleReader(file.read) }
        if case .station(let station) = reader.header.receiver { throw BundleRefusal.forStation(station) }
        let name = reader.header.vault
        guard client == nil || client == name, let vault = try await vault(name) else { throw BundleRefusal.otherClient(name) }
        do throws(BundleError) { try reader.unlock(with: catalog.keys.agreement) } catch {
            throw error == .otherKey ? BundleRefusal.otherCentre : .file(error)
        }
        return (vault, reader)
    }

    /// Reads a bundle to its end.
    /// - Returns: The station, how many pushes there are, and the first of them.
    private func check(_ reader: inout BundleReader, _ vault: Vault) async throws -> (UniqueID?, Int, RequestLine?) {
        var station: UniqueID?
        var (messages, pushes) = (0, 0)
        var first: RequestLine?
        while let message = try await next(&reader, messages + 1, vault, of: station) {
            messages += 1
            station = message.request.station
            guard message.kind == .push else { continue }
            pushes += 1
            first = first ?? message.request
        }
        return (station, pushes, first)
    }

    /// The next message of a bundle, its signature checked.
    /// - Parameter station: Whose it has to be; `nil` before the first.
    private func next(
        _ reader: inout BundleReader, _ number: Int, _ vault: Vault, of station: UniqueID?
    ) async throws -> BundleMessage? {
        guard let bytes = try BundleRefusal.wrapping({ try reader.next() }) else { return nil }
        let message = try BundleMessage(bytes, number: number, header: reader.header)
        let sender = message.request.station
        guard station == nil || station == sender else { throw BundleRefusal.badSignature(message: number) }
        guard let key = try await CentreError.wrapping({ try await vault.verifyingKey(of: sender) }) else {
            throw BundleRefusal.unknownStation(sender)
        }
        guard message.message.isSigned(by: key, as: message.kind) else { throw BundleRefusal.badSignature(message: number) }
        return message
    }

    private func take(_ message: BundleMessage, _ vault: Vault, _ receipt: inout BundleReceipt) async throws {
        switch message.kind {
        case .push:
            receipt.changes += message.request.count
            let push = BundledPush(message.request, reference: message.message.reference, lines: message.message.lines)
            switch try await CentreError.wrapping({ try await vault.take(push) }) {
            case .accepted(let new):
                receipt.accepted += 1
                receipt.new += new
            case .forked(let new):
                receipt.forked += 1
                receipt.new += new
            case .parked: receipt.parked += 1
            case .revoked: receipt.revoked += 1
            case .known: receipt.known += 1
            }
        case .handback:
            let answer = try await takeHandback(message, vault)
            receipt.handedBack += answer.taken.count
        default: try await vault.note(message)
        }
    }

    private func takeHandback(_ message: BundleMessage, _ vault: Vault) async throws -> HandbackAnswer {
        let handback: HandbackRequest
        do { handback = try HandbackRequest(lines: message.message.lines) } catch {
            throw BundleRefusal.badMessage(0, reason: "its lines do not fit a handback: \(error)")
        }
        let key = catalog.keys.mac
        let changes = handback.items.map { Vault.ReturnedChange($0, macKey: key, client: vault.client) }
        let answer = try await CentreError.wrapping {
            try await vault.handback(message.request, reference: message.message.reference, changes: changes, by: .bundle)
        }
        try await vault.note(message, ids: changes.map(\.change.id), refused: answer.refused)
        return answer
    }
}

extension BundleRefusal {
    /// Wraps what is wrong with a file, once, at this module's edge.
    static func wrapping<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as BundleError { throw BundleRefusal.file(error) }
    }
}
