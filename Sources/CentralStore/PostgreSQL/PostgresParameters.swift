#if PostgreSQL
    import CPostgres

    /// The object ids of PostgreSQL's built-in types that are used here.
    enum PostgresType {
        static let integer: Oid = 20
        static let text: Oid = 25
        static let blob: Oid = 17
        static let numeric: Oid = 1700

        static func array(of type: Oid) -> Oid {
            switch type {
            case integer: 1016
            case text: 1009
            default: 1001
            }
        }

        /// A whole `numeric`, which is what a sum of integers is: a count of digits to the base 10,000, the weight of the first, a sign, a scale
        /// and the digits, each in two bytes.
        ///
        /// - Returns: The part before the decimal point; 0 when it does not fit 64 bits.
        static func integer(numeric bytes: UnsafeBufferPointer<UInt8>) -> Int64 {
            let words = stride(from: 0, to: bytes.count - 1, by: 2).map { Int64(bytes[$0]) << 8 | Int64(bytes[$0 + 1]) }
            guard words.count >= 4 else { return 0 }
            let weight = Int(Int16(truncatingIfNeeded: words[1]))
            let digits = words.dropFirst(4)
            guard weight >= 0, weight < 5 else { return 0 }
            var value: Int64 = 0
            for place in 0...weight {
                let digit = place < digits.count ? digits[digits.startIndex + place] : 0
                let (product, tooLarge) = value.multipliedReportingOverflow(by: 10_000)
                let (sum, overflows) = product.addingReportingOverflow(digit)
                guard !tooLarge, !overflows else { return 0 }
                value = sum
            }
            return words[2] == 0x4000 ? -value : value
        }
    }

    /// Values of a statement in PostgreSQL's binary forms, one behind the other.
    struct PostgresParameters {
        /// The types, as PostgreSQL numbers them; 0 for a null, whose type the server takes from where it stands.
        private(set) var types: [Oid] = []
        private var bytes: [UInt8] = []
        /// Where each begins, and its length; -1 for null.
        private var places: [(start: Int, count: Int)] = []

        init() {}

        init(_ values: [SQLValue]) {
            types.reserveCapacity(values.count)
            places.reserveCapacity(values.count)
            for value in values {
                types.append(Self.type(value))
                let start = bytes.count
                let isNull = !append(value)
                places.append((start, isNull ? -1 : bytes.count - start))
            }
        }

        static func type(_ value: SQLValue) -> Oid {
            switch value {
            case .null: 0
            case .integer: PostgresType.integer
            case .text: PostgresType.text
            case .blob: PostgresType.blob
            }
        }

        /// Adds a list as one array: its dimensions, whether it has nulls, the elements' type, its length, the first index, the elements.
        mutating func append(array list: [SQLValue], of type: Oid) {
            types.append(PostgresType.array(of: type))
            let start = bytes.count
            append(Int32(1))
            append(Int32(list.contains(.null) ? 1 : 0))
            append(Int32(bitPattern: type))
            append(Int32(list.count))
            append(Int32(1))
            for value in list {
                precondition(value == .null || Self.type(value) == type, "values of one column have one type")
                let place = bytes.count
                append(Int32(-1))
                guard append(value) else { continue }
                let count = Int32(bytes.count - place - 4)
                withUnsafeBytes(of: count.bigEndian) { bytes.replaceSubrange(place..<(place + 4), with: $0) }
            }
            places.append((start, bytes.count - start))
        }

        /// - Returns: `false` for null, which has no bytes.
        private mutating func append(_ value: SQLValue) -> Bool {
            switch value {
            case .null: return false
            case .integer(let number): append(number)
            case .text(let text): bytes.append(contentsOf: text.utf8)
            case .blob(let blob): bytes.append(contentsOf: blob)
            }
            return true
        }

        private mutating func append(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        }

        /// Lends them as libpq takes them: addresses, lengths and forms, of which 1 is the binary one.
        func lend<Value>(
            _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<Int32>, UnsafePointer<Int32>) throws -> Value
        ) rethrows -> Value {
            // An address is needed even where there is nothing.
            try (bytes + [0]).withUnsafeBytes { buffer in
                let base = buffer.bindMemory(to: CChar.self).baseAddress
                let pointers = places.map { $0.count < 0 ? nil : base.map { $0 }?.advanced(by: $0.start) } + [nil]
                let lengths = places.map { Int32(max(0, $0.count)) } + [0]
                let formats = [Int32](repeating: 1, count: places.count + 1)
                return try body(pointers, lengths, formats)
            }
        }
    }

    /// Statements in PostgreSQL's spelling.
    enum PostgresStatement {
        /// Puts `$1`, `$2` and so on for `?`, except within quotes.
        static func numbered(_ sql: String) -> String {
            var result = ""
            result.reserveCapacity(sql.utf8.count + 16)
            var number = 0
            var isQuoted = false
            for character in sql {
                if character == "'" { isQuoted.toggle() }
                if character == "?", !isQuoted {
                    number += 1
                    result += "$\(number)"
                } else {
                    result.append(character)
                }
            }
            return result
        }
    }
#endif
