import EntryModel
import Foundation

/// Points in time as people read them.
enum Moment {
    /// Day and time in this machine's zone, such as `2026-09-30 14:05`.
    static func text(_ milliseconds: Int64) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .current
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date(milliseconds))
        func two(_ number: Int?) -> String { String((number ?? 0) + 100).suffix(2).description }
        return "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day)) \(two(parts.hour)):\(two(parts.minute))"
    }

    /// The time of day when it is of today, else the day.
    static func short(_ milliseconds: Int64, now: Int64) -> String {
        let text = Self.text(milliseconds)
        return text.prefix(10) == Self.text(now).prefix(10) ? String(text.suffix(5)) : String(text.prefix(10))
    }

    /// A span in the greatest unit that it fills, such as `3 minutes`.
    static func span(milliseconds: Int64) -> String {
        let seconds = Int64(milliseconds.magnitude / 1000)
        let (count, unit): (Int64, String) =
            switch seconds {
            case ..<60: (seconds, "second")
            case ..<3600: (seconds / 60, "minute")
            case ..<86_400: (seconds / 3600, "hour")
            default: (seconds / 86_400, "day")
            }
        return "\(count) \(unit)\(count == 1 ? "" : "s")"
    }

    /// When a day begins in this machine's zone.
    static func beginning(of day: CalendarDate) -> Int64 {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .current
        let date = calendar.date(from: DateComponents(year: day.year, month: day.month, day: day.day))
        return date.map { Int64($0.timeIntervalSince1970 * 1000) } ?? 0
    }

    /// The day at a moment in a zone.
    /// - Returns: `nil` far outside of our time.
    static func day(_ milliseconds: Int64, timeZone: String) -> CalendarDate? {
        let zone = TimeZone(identifier: timeZone) ?? .current
        return CalendarDate(millisecondsSince1970: milliseconds, secondsFromUTC: zone.secondsFromGMT(for: date(milliseconds)))
    }

    private static func date(_ milliseconds: Int64) -> Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }
}
