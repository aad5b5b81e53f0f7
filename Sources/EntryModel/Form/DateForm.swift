/// Reads the ways in which people in the United States write a date.
///
/// `1985-03-05`, `19850305`, `03051985`, `030585`, `3/5/1985`, `3-5-85`, `3.5.85`, `Mar 5 1985`, `March 5th, 1985`, `5 March '85`.
/// The month stands first unless the year does, or unless the month is a word. A day that does not exist is not guessed at.
enum DateForm {
    /// Which century a two-digit year is in.
    enum Century {
        /// The latest that makes the date no later than this one: for births.
        case notAfter(CalendarDate)
        /// The one that brings the date nearest to this one.
        case nearest(CalendarDate)
    }

    /// - Parameter text: In normal form.
    /// - Returns: `nil` when it is not one of these spellings, or no day of the calendar.
    static func read(_ text: String, century: Century) -> CalendarDate? {
        text.utf8.withContiguousStorageIfAvailable { bytes in
            if let date = CalendarDate(bytes: bytes) { return date }
            var tokens = Tokens()
            return tokens.fill(from: bytes) ? tokens.date(century) : nil
        } ?? nil
    }

    static func date(year: Int, month: Int, day: Int, _ century: Century) -> CalendarDate? {
        switch century {
        case .notAfter(let last):
            let base = last.year - last.year % 100
            for candidate in [base + year, base - 100 + year] {
                if let date = CalendarDate(year: candidate, month: month, day: day), date <= last { return date }
            }
            return nil
        case .nearest(let centre):
            let base = centre.year - centre.year % 100
            let distance = { (date: CalendarDate) in abs(date.dayNumber - centre.dayNumber) }
            return [base - 100, base, base + 100]
                .compactMap { CalendarDate(year: $0 + year, month: month, day: day) }
                .min { distance($0) < distance($1) }
        }
    }
}

extension DateForm {
    /// A run of digits, or the name of a month.
    private struct Token {
        var number = 0
        /// 0 for the name of a month.
        var digits = 0

        var isName: Bool { digits == 0 }
        var isYear: Bool { digits == 4 || digits == 2 }
        /// A month or a day in figures.
        var isShort: Bool { 1...2 ~= digits }
    }

    /// The one or three parts of a date.
    private struct Tokens {
        var list = (Token(), Token(), Token())
        var count = 0

        mutating func append(_ token: Token) -> Bool {
            switch count {
            case 0: list.0 = token
            case 1: list.1 = token
            case 2: list.2 = token
            default: return false
            }
            count += 1
            return true
        }

        mutating func fill(from bytes: UnsafeBufferPointer<UInt8>) -> Bool {
            var index = 0
            while index < bytes.count {
                let start = index
                if bytes[index] &- 48 < 10 {
                    var token = Token()
                    while index < bytes.count, bytes[index] &- 48 < 10 {
                        token.number = token.number * 10 + Int(bytes[index] &- 48)
                        token.digits += 1
                        index += 1
                        guard token.digits <= 8 else { return false }
                    }
                    guard append(token) else { return false }
                } else if isLetter(bytes[index]) {
                    while index < bytes.count, isLetter(bytes[index]) { index += 1 }
                    let word = UnsafeBufferPointer(rebasing: bytes[start..<index])
                    if let month = monthNamed(word) {
                        guard append(Token(number: month)) else { return false }
                    } else {
                        guard isFiller(word) else { return false }
                    }
                } else {
                    switch bytes[index] {
                    case UInt8(ascii: " "), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ","),
                        UInt8(ascii: "'"):
                        index += 1
                    default: return false
                    }
                }
            }
            return true
        }

        func date(_ century: Century) -> CalendarDate? {
            let (first, second, third) = list
            if count == 1 { return first.isName ? nil : compactDate(first, century) }
            guard count == 3 else { return nil }
            if first.digits == 4, third.isShort, second.isName || second.isShort {
                return CalendarDate(year: first.number, month: second.number, day: third.number)
            }
            guard third.isYear else { return nil }
            if second.isName {
                return first.isShort ? full(third, month: second.number, day: first.number, century) : nil
            }
            guard second.isShort, first.isName || first.isShort else { return nil }
            return full(third, month: first.number, day: second.number, century)
        }

        private func full(_ year: Token, month: Int, day: Int, _ century: Century) -> CalendarDate? {
            year.digits == 4
                ? CalendarDate(year: year.number, month: month, day: day)
                : DateForm.date(year: year.number, month: month, day: day, century)
        }

        private func compactDate(_ token: Token, _ century: Century) -> CalendarDate? {
            let number = token.number
            switch token.digits {
            case 6: return DateForm.date(year: number % 100, month: number / 10_000, day: number / 100 % 100, century)
            // No month is 18 to 21, so these digits can only begin a year.
            case 8 where 18...21 ~= number / 1_000_000:
                return CalendarDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
            case 8: return CalendarDate(year: number % 10_000, month: number / 1_000_000, day: number / 10_000 % 100)
            default: return nil
            }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 }

    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    ].map { Array($0.utf8) }

    /// A month's name, or three letters of it or more.
    private static func monthNamed(_ word: UnsafeBufferPointer<UInt8>) -> Int? {
        guard word.count >= 3 else { return nil }
        return months.firstIndex { name in word.count <= name.count && zip(word, name).allSatisfy { $0 | 0x20 == $1 } }.map { $0 + 1 }
    }

    /// What stands in a date and says nothing: the letters of `5th`, and `of`.
    private static func isFiller(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
        guard word.count == 2 else { return false }
        switch (word[0] | 0x20, word[1] | 0x20) {
        case (UInt8(ascii: "s"), UInt8(ascii: "t")), (UInt8(ascii: "n"), UInt8(ascii: "d")), (UInt8(ascii: "r"), UInt8(ascii: "d")),
            (UInt8(ascii: "t"), UInt8(ascii: "h")), (UInt8(ascii: "o"), UInt8(ascii: "f")):
            return true
        default: return false
        }
    }
}
