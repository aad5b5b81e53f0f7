/// The normal form of a ZIP code: `12345`, or `12345-6789`.
enum PostalCodeForm {
    /// - Parameter text: In normal form. Nine digits may stand together, or apart by a blank or hyphen.
    /// - Returns: `nil` when it is not five or nine digits.
    static func read(_ text: String) -> String? {
        let normal = text.utf8.withContiguousStorageIfAvailable { bytes -> (isCode: Bool, isNormal: Bool) in
            let separated = bytes.count > 5 && (bytes[5] == UInt8(ascii: "-") || bytes[5] == UInt8(ascii: " "))
            guard bytes.count == 5 || bytes.count == (separated ? 10 : 9) else { return (false, false) }
            for index in 0..<bytes.count where !(separated && index == 5) && bytes[index] &- 48 > 9 { return (false, false) }
            return (true, bytes.count == 5 || (separated && bytes[5] == UInt8(ascii: "-")))
        }
        guard let normal, normal.isCode else { return nil }
        return normal.isNormal ? text : "\(text.prefix(5))-\(text.suffix(4))"
    }
}

/// The normal form of a state, district, territory or military region: the two letters of the United States Postal Service.
enum RegionForm {
    /// - Parameter text: In normal form: the two letters in any case and with or without full stops, or the name in English.
    /// - Returns: `nil` for anything else.
    static func read(_ text: String) -> String? {
        if text.utf8.count == 2 {
            if codes.contains(text) { return text }
            let upper = text.uppercased()
            return codes.contains(upper) ? upper : nil
        }
        let plain = text.utf8.contains(UInt8(ascii: ".")) ? TextForm.clean(text.replacing(".", with: "")) : text
        if plain.utf8.count == 2 { return read(plain) }
        if let code = names[plain.lowercased()] { return code }
        // "D. C." has become "D C".
        let letters = plain.replacing(" ", with: "")
        return plain.utf8.count == 3 && letters.utf8.count == 2 ? read(letters) : nil
    }

    /// The codes of the regions whose name begins so, each once, in order.
    /// - Parameter text: In any case.
    static func codes(beginning text: String) -> [String] {
        let begun = TextForm.clean(text).lowercased()
        return begun.isEmpty ? [] : Set(names.filter { $0.key.hasPrefix(begun) }.values).sorted()
    }

    private static let codes = Set(names.values)

    private static let names: [String: String] = [
        "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO", "connecticut": "CT",
        "delaware": "DE", "district of columbia": "DC", "washington dc": "DC", "florida": "FL", "georgia": "GA", "hawaii": "HI",
        "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY", "louisiana": "LA",
        "maine": "ME", "maryland": "MD", "massachusetts": "MA", "michigan": "MI", "minnesota": "MN", "mississippi": "MS",
        "missouri": "MO", "montana": "MT", "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ",
        "new mexico": "NM", "new york": "NY", "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK",
        "oregon": "OR", "pennsylvania": "PA", "rhode island": "RI", "south carolina": "SC", "south dakota": "SD", "tennessee": "TN",
        "texas": "TX", "utah": "UT", "vermont": "VT", "virginia": "VA", "washington": "WA", "west virginia": "WV",
        "wisconsin": "WI", "wyoming": "WY", "american samoa": "AS", "guam": "GU", "northern mariana islands": "MP",
        "puerto rico": "PR", "virgin islands": "VI", "us virgin islands": "VI", "federated states of micronesia": "FM",
        "micronesia": "FM", "marshall islands": "MH", "palau": "PW", "armed forces americas": "AA", "armed forces europe": "AE",
        "armed forces pacific": "AP",
    ]
}

/// The two answers of a flag or a consent.
enum AnswerForm {
    /// - Parameter text: In normal form. `x` is a box that was marked.
    /// - Returns: `nil` for anything that is neither plainly yes nor plainly no.
    static func read(_ text: String) -> Bool? {
        switch text {
        case "yes": return true
        case "no": return false
        default: break
        }
        return switch text.lowercased() {
        case "yes", "y", "true", "1", "x": true
        case "no", "n", "false", "0": false
        default: nil
        }
    }
}

/// The normal form of a whole number.
enum IntegerForm {
    /// - Parameter text: In normal form: digits, a sign before them, commas between thousands.
    /// - Returns: `nil` for anything else and for what is beyond ±(2^53−1).
    static func read(_ text: String) -> Int64? {
        var digits = text
        if text.utf8.contains(UInt8(ascii: ",")) {
            let groups = text.split(separator: ",", omittingEmptySubsequences: false)
            guard groups[0].count <= 4, groups[0].contains(where: \.isNumber), groups.dropFirst().allSatisfy({ $0.utf8.count == 3 }),
                groups.dropFirst().allSatisfy({ $0.utf8.allSatisfy { 48...57 ~= $0 } })
            else { return nil }
            digits = groups.joined()
        }
        guard let value = Int64(digits), safeIntegers.contains(value) else { return nil }
        return value
    }
}
