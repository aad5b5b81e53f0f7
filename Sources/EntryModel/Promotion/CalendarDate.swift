/// A day of the calendar without a time or a zone, written `YYYY-MM-DD`: a birth date, a postmark, a promotion's last day.
///
/// Always a day that exists, in the years 1 to 9999 of the Gregorian calendar.
public struct CalendarDate: Hashable, Sendable {
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to 31.
    public let day: Int

    /// - Returns: `nil` for a day that does not exist.
    public init?(year: Int, month: Int, day: Int) {
        guard 1...9999 ~= year, 1...12 ~= month, day >= 1, day <= Self.days(inMonth: month, year: year) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Reads exactly `YYYY-MM-DD`; the spellings that people use are `DateForm`'s.
    public init?(_ text: String) {
        var text = text
        guard let date = text.withUTF8({ CalendarDate(bytes: $0) }) else { return nil }
        self = date
    }

    init?(bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return nil }
        var bad = false
        func number(_ range: Range<Int>) -> Int {
            var total = 0
            for index in range {
                let digit = bytes[index] &- 48
                bad = bad || digit > 9
                total = total * 10 + Int(digit)
            }
            return total
        }
        let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
        guard !bad else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// The day at a moment.
    ///
    /// - Parameters:
    ///   - milliseconds: Since 1970 UTC.
    ///   - secondsFromUTC: How far the zone is ahead of UTC at that moment; negative in America.
    /// - Returns: `nil` outside the years 1 to 9999.
    public init?(millisecondsSince1970 milliseconds: Int64, secondsFromUTC: Int = 0) {
        let seconds = Double(milliseconds) / 1000 + Double(secondsFromUTC)
        let days = (seconds / 86_400).rounded(.down)
        guard days.magnitude < 4_000_000 else { return nil }
        self.init(dayNumber: Int(days))
    }

    /// The day so many days after 1970-01-01, before it when negative.
    /// - Returns: `nil` outside the years 1 to 9999.
    public init?(dayNumber: Int) {
        // Counts from 0000-03-01, so that a leap day is the last day of its year, in cycles of 400 years.
        let shifted = dayNumber + 719_468
        let cycle = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfCycle = shifted - cycle * 146_097
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        self.init(
            year: cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    /// Days since 1970-01-01; negative before it.
    public var dayNumber: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let cycle = shiftedYear / 400
        let yearOfCycle = shiftedYear - cycle * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return cycle * 146_097 + yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear - 719_468
    }

    /// Whole years from this day to `other`: the age on that day of somebody born on this one.
    ///
    /// Who is born on 29 February is a year older on 1 March of a year without one. Negative when `other` is earlier.
    public func years(until other: CalendarDate) -> Int {
        other.year - year - ((other.month, other.day) < (month, day) ? 1 : 0)
    }

    static func days(inMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension CalendarDate: Comparable {
    public static func < (left: CalendarDate, right: CalendarDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

extension CalendarDate: CustomStringConvertible, LosslessStringConvertible {
    /// `YYYY-MM-DD`.
    public var description: String {
        String(unsafeUninitializedCapacity: 10) { buffer in
            func write(_ number: Int, _ digits: Int, at offset: Int) {
                var rest = number
                for index in stride(from: offset + digits - 1, through: offset, by: -1) {
                    buffer[index] = UInt8(truncatingIfNeeded: 48 + rest % 10)
                    rest /= 10
                }
            }
            write(year, 4, at: 0)
            buffer[4] = UInt8(ascii: "-")
            write(month, 2, at: 5)
            buffer[7] = UInt8(ascii: "-")
            write(day, 2, at: 8)
            return 10
        }
    }
}
