#if PostgreSQL
    import CPostgres

    /// A transaction on a PostgreSQL database.
    struct PostgresTransaction: SQLTransaction {
        let session: PostgresSession
        let takesTurns: Bool

        @discardableResult
        func execute(_ sql: String, _ values: [SQLValue]) throws -> Int {
            try session.run(sql, values).changed
        }

        func query(_ sql: String, _ values: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
            let result = try session.run(sql, values)
            for index in 0..<result.count { try row(PostgresRow(result: result, index: index)) }
        }

        func read(_ sql: String, _ values: [SQLValue], while row: (any SQLRow) throws -> Bool) throws {
            let cursor = try session.openCursor(sql, values)
            // Most readers stop early or have little to read; those that go on get more at a time.
            var size = 64
            while true {
                let result = try session.fetch(size, from: cursor)
                for index in 0..<result.count {
                    guard try row(PostgresRow(result: result, index: index)) else { return try session.close(cursor: cursor) }
                }
                guard result.count == size else { return try session.close(cursor: cursor) }
                size = min(size * 2, 1024)
            }
        }

        func insert(into table: String, columns: [String], values: [SQLValue]) throws {
            guard !values.isEmpty else { return }
            precondition(values.count.isMultiple(of: columns.count), "rows of unequal length")
            var arrays = PostgresParameters()
            var sources: [String] = []
            for column in columns.indices {
                let list = stride(from: column, to: values.count, by: columns.count).map { values[$0] }
                // Of a column without any value the type cannot be told.
                guard let type = list.lazy.map(PostgresParameters.type).first(where: { $0 != 0 }) else {
                    sources.append("NULL")
                    continue
                }
                arrays.append(array: list, of: type)
                sources.append("u.c\(arrays.types.count)")
            }
            precondition(!arrays.types.isEmpty, "rows without any value")
            let parameters = (1...arrays.types.count)
            let lists = parameters.map { "$\($0)" }.joined(separator: ", ")
            let names = parameters.map { "c\($0)" }.joined(separator: ", ")
            let statement = """
                INSERT INTO \(table) (\(columns.joined(separator: ", "))) SELECT \(sources.joined(separator: ", ")) \
                FROM unnest(\(lists)) AS u (\(names))
                """
            _ = try session.run(statement, arrays: arrays)
        }
    }

    /// What a statement answered.
    final class PostgresResult {
        let handle: OpaquePointer

        init(_ handle: OpaquePointer) {
            self.handle = handle
        }

        deinit { PQclear(handle) }

        /// How many rows it has.
        var count: Int { Int(PQntuples(handle)) }

        /// How many rows the statement changed.
        var changed: Int { Int(String(cString: PQcmdTuples(handle))) ?? 0 }
    }

    /// One row of an answer, whose columns are in PostgreSQL's binary forms.
    private struct PostgresRow: SQLRow {
        let result: PostgresResult
        let index: Int

        func isNull(_ column: Int) -> Bool {
            PQgetisnull(result.handle, Int32(index), Int32(column)) != 0
        }

        func integer(_ column: Int) -> Int64 {
            let bytes = bytes(column)
            if PQftype(result.handle, Int32(column)) == PostgresType.numeric { return PostgresType.integer(numeric: bytes) }
            // Two's complement of 1, 2, 4 or 8 bytes, the highest first.
            guard let first = bytes.first, bytes.count <= 8 else { return 0 }
            return bytes.dropFirst().reduce(Int64(Int8(bitPattern: first))) { $0 << 8 | Int64($1) }
        }

        func text(_ column: Int) -> String { String(decoding: bytes(column), as: UTF8.self) }

        func blob(_ column: Int) -> [UInt8] { Array(bytes(column)) }

        private func bytes(_ column: Int) -> UnsafeBufferPointer<UInt8> {
            guard let start = PQgetvalue(result.handle, Int32(index), Int32(column)) else { return .init(start: nil, count: 0) }
            let count = Int(PQgetlength(result.handle, Int32(index), Int32(column)))
            return UnsafeBufferPointer(start: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self), count: count)
        }
    }
#endif
