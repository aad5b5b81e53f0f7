/// The ZIP codes of the United States: which state each belongs to, and by which names its place may be called.
///
/// Keeps the file's bytes and one offset per possible code, so that loading is one pass over 1.5 MB and a look-up touches one line.
public struct PostalTable: Sendable {
    /// What an address's ZIP code says of its city and state.
    public enum Match: Sendable {
        /// The city is one of the place's names, or was not given.
        case agrees
        case otherCity
        case otherState
        /// The table has no such code.
        case unknown
    }

    private let bytes: [UInt8]
    /// By ZIP code: where its line begins; −1 for none.
    private let lines: [Int32]
    /// How many ZIP codes there are.
    public let count: Int

    /// - Parameter bytes: A header `zip,type,city,acceptable_cities,state,active`, and lines of that form; `|` stands between cities.
    /// - Throws: `PostalTableError.malformed` with the number of the first line that has another form.
    public init(bytes: [UInt8]) throws(PostalTableError) {
        var lines = [Int32](repeating: -1, count: 100_000)
        let (count, badLine) = lines.withUnsafeMutableBufferPointer { lines in
            bytes.withUnsafeBufferPointer { Self.index($0, into: lines) }
        }
        if let badLine { throw .malformed(line: badLine) }
        self.bytes = bytes
        self.lines = lines
        self.count = count
    }

    private static func index(
        _ bytes: UnsafeBufferPointer<UInt8>, into lines: UnsafeMutableBufferPointer<Int32>
    ) -> (count: Int, badLine: Int?) {
        guard bytes.count < Int32.max, bytes.starts(with: "zip,type,city,acceptable_cities,state,active".utf8) else { return (0, 1) }
        var lineNumber = 0
        var count = 0
        var index = 0
        while index < bytes.count {
            let start = index
            var commas = 0
            while index < bytes.count, bytes[index] != UInt8(ascii: "\n") {
                if bytes[index] == UInt8(ascii: ",") { commas += 1 }
                index += 1
            }
            let end = index
            index += 1
            lineNumber += 1
            if lineNumber == 1 || end == start { continue }
            guard commas == 5, let zip = number(bytes, at: start, before: end) else { return (count, lineNumber) }
            lines[zip] = Int32(start)
            count += 1
        }
        return (count, nil)
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int, before end: Int) -> Int? {
        guard start + 5 < end else { return nil }
        var number = 0
        for index in start..<start + 5 {
            guard bytes[index] &- 48 < 10 else { return nil }
            number = number * 10 + Int(bytes[index] &- 48)
        }
        return bytes[start + 5] == UInt8(ascii: ",") ? number : nil
    }
}

extension PostalTable {
    /// The place of a ZIP code.
    ///
    /// - Parameter zip: Five digits; what follows them, as in ZIP+4, is not looked at.
    /// - Returns: `nil` for a code that the table does not have.
    public func choices(zip: String) -> PostalPlace? {
        withColumns(zip: zip) { columns in
            func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
            return PostalPlace(
                state: text(columns.state), city: text(columns.city),
                otherCities: columns.otherCities.split(separator: UInt8(ascii: "|")).map(text),
                isActive: columns.isActive)
        }
    }

    /// Compares an address with its ZIP code's place; case, full stops, and `St` for `Saint` and the like make no difference.
    ///
    /// - Parameters:
    ///   - zip: Five digits, or ZIP+4.
    ///   - city: Empty where it is not known.
    ///   - state: Two capital letters; empty where it is not known.
    public func match(zip: String, city: String, state: String) -> Match {
        withColumns(zip: zip) { columns -> Match in
            if !state.isEmpty, !state.utf8.elementsEqual(columns.state) { return .otherState }
            if city.isEmpty || CityName.isEqual(city, columns.city) { return .agrees }
            let others = columns.otherCities.split(separator: UInt8(ascii: "|"))
            return others.contains { CityName.isEqual(city, $0) } ? .agrees : .otherCity
        } ?? .unknown
    }

    private typealias Slice = Swift.Slice<UnsafeBufferPointer<UInt8>>

    private struct Columns {
        var city: Slice
        var otherCities: Slice
        var state: Slice
        var isActive: Bool
    }

    private func withColumns<Result>(zip: String, _ body: (Columns) -> Result) -> Result? {
        var number = 0
        var digits = 0
        for byte in zip.utf8.prefix(5) {
            guard byte &- 48 < 10 else { return nil }
            number = number * 10 + Int(byte &- 48)
            digits += 1
        }
        guard digits == 5, lines[number] >= 0 else { return nil }
        let start = Int(lines[number])
        return bytes.withUnsafeBufferPointer { bytes in
            var index = start
            func column() -> Slice {
                let from = index
                while index < bytes.count, bytes[index] != UInt8(ascii: ","), bytes[index] != UInt8(ascii: "\n") { index += 1 }
                defer { index += 1 }
                return bytes[from..<index]
            }
            _ = column()
            _ = column()
            let city = column()
            let otherCities = column()
            let state = column()
            return body(Columns(city: city, otherCities: otherCities, state: state, isActive: column().first == UInt8(ascii: "1")))
        }
    }
}

/// Where a ZIP code is.
public struct PostalPlace: Hashable, Sendable {
    /// Two capital letters.
    public let state: String
    /// The name that the Postal Service prefers.
    public let city: String
    /// The other names that it delivers to, abbreviations among them.
    public let otherCities: [String]
    /// Whether the code is in use now.
    public let isActive: Bool

    public init(state: String, city: String, otherCities: [String], isActive: Bool) {
        self.state = state
        self.city = city
        self.otherCities = otherCities
        self.isActive = isActive
    }

    /// All names, the preferred one first.
    public var cities: [String] { [city] + otherCities }
}
