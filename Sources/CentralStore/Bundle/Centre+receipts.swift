public import EntryModel

extension Centre {
    /// Writes a bundle for a station: the answers to everything that it asked by file, as things stand now, and what is new for it.
    ///
    /// The file gets its name when it is complete. Written again it answers the same requests anew; nothing at the centre changes by it.
    ///
    /// - Parameters:
    ///   - station: A station whose bundle was taken in before.
    ///   - replaces: Whether a file of that name may be replaced.
    /// - Throws: `BundleRefusal`, `CentreError`.
    /// - SeeAlso: Protocol/README.md, "Receipts".
    @concurrent
    public func exportBundle(for station: UniqueID, of vault: Vault, to path: String, replacing: Bool = false) async throws
        -> BundleContents
    {
        let asked = try await vault.asked(by: station)
        guard !asked.isEmpty else { throw BundleRefusal.nothingAsked(station) }
        let record = try await vault.stationRecord(station)
        let key = try await vault.agreementKey(of: station)
        let file = try BundleFileWriter(path: path, replaces: replacing) { BundleRefusal($0) }
        do {
            var contents = BundleContents(station: station, stationName: record.name)
            var writer = try BundleWriter(vault: vault.client, to: .station(station), key: key, write: file.write)
            for number in asked { try await write(number, vault, &writer, &contents) }
            try writer.finish()
            try file.synchronize()
            try file.finish()
            return contents
        } catch {
            file.discard()
            throw error
        }
    }

    private func write(_ number: Int64, _ vault: Vault, _ writer: inout BundleWriter, _ contents: inout BundleContents) async throws {
        switch try await vault.answer(asked: number) {
        case .push(let answer):
            try writer.add(try Envelope.seal(kind: .pushAnswer, lines: [answer.line], key: signingKey))
            contents.answers += 1
        case .handback(let answer):
            try writer.add(try Envelope.seal(kind: .handbackAnswer, lines: [answer.line], key: signingKey))
            contents.answers += 1
        case .pull(let request, let reference): try await writePages(request, reference, vault, &writer, &contents)
        case nil: break
        }
    }

    /// Answers one pull by as many messages as it takes; each begins where the one before ended.
    private func writePages(
        _ request: RequestLine, _ reference: Digest, _ vault: Vault, _ writer: inout BundleWriter, _ contents: inout BundleContents
    ) async throws {
        var request = request
        var hasMore = true
        while hasMore, writer.messages < SealedBundle.Limits.messages {
            let pull = request
            let answer = try await CentreError.wrapping { try await vault.pull(pull, reference: reference, by: .bundle) }
            try writer.add(try Envelope.seal(kind: .pullAnswer, bytes: answer.bytes, key: signingKey))
            contents.answers += 1
            contents.pages += answer.pages.count
            for page in answer.pages {
                contents.changes += page.rows.count
                let key = page.key.description
                let cursor = RequestLine.Cursor.Checkpoint(position: page.to, digest: page.digest)
                request.cursors[key] = RequestLine.Cursor(at: cursor, checkpoints: request.cursors[key]?.checkpoints ?? [])
            }
            hasMore = answer.pages.contains { $0.more }
        }
    }
}

extension Vault {
    /// One station as staff know it.
    /// - Throws: `CentreError.unknownStation`.
    func stationRecord(_ station: UniqueID) async throws -> StationRecord {
        guard let record = try await stations().first(where: { $0.id == station }) else { throw CentreError.unknownStation(station) }
        return record
    }

    /// A station's X25519 public key, to which bundles for it are sealed.
    /// - Throws: `CentreError.unknownStation`.
    func agreementKey(of station: UniqueID) async throws -> [UInt8] {
        let key = try await transaction(.read) { sql in
            try sql.map("SELECT agreement_key FROM station WHERE id = ?", [.blob(station.bytes)]) { $0.blob(0) }.first
        }
        guard let key else { throw CentreError.unknownStation(station) }
        return key
    }

    /// Whether the pushes of a bundle that would have to be kept can be.
    /// - Parameter first: The first push of the bundle.
    /// - Throws: `BundleRefusal.noRoom`.
    func checkRoom(for pushes: Int, _ first: RequestLine) async throws {
        try await transaction(.read) { sql in
            guard let station = try StationRow.read(sql, first.station) else { throw CentreError.unknownStation(first.station) }
            let epoch = try EpochRecord.read(sql, stationNumber: station.number, station: station.id, epoch: first.epoch)
            guard station.isRevoked || first.after > epoch.sequence else { return }
            guard try Parked.count(station.number, sql) + pushes <= Parked.limit else {
                throw BundleRefusal.noRoom(station.id, limit: Parked.limit)
            }
        }
    }
}
