import EntryModel
import Foundation
import TestSupport
import Testing

@Suite struct CalendarDateTests {
    @Test(
        "only days that exist are dates",
        arguments: ["2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01"])
    func daysThatDoNotExist(_ text: String) {
        #expect(CalendarDate(text) == nil)
    }

    @Test(
        "only YYYY-MM-DD is read",
        arguments: ["2026-1-02", "2026/01/02", "26-01-02", "2026-01-02 ", "+026-01-02", "2026-01-0a", "", "２026-01-02"])
    func otherForms(_ text: String) {
        #expect(CalendarDate(text) == nil)
    }

    @Test("a day's number counts from 1970 and leads back to the day, for every day from 1600 to 2400")
    func everyDay() throws {
        #expect(CalendarDate("1970-01-01")?.dayNumber == 0)
        #expect(CalendarDate("2026-11-22")?.dayNumber == 20_779)
        var previous = try #require(CalendarDate("1599-12-31")).dayNumber
        for year in 1600...2400 {
            for month in 1...12 {
                for day in 1...31 {
                    guard let date = CalendarDate(year: year, month: month, day: day) else { continue }
                    // Without `#expect` for each of 292,000 days: the expectation costs more than what it checks.
                    guard date.dayNumber == previous + 1, CalendarDate(dayNumber: date.dayNumber) == date else {
                        Issue.record("\(date) has the number \(date.dayNumber) after \(previous)")
                        return
                    }
                    previous = date.dayNumber
                }
            }
        }
        #expect(previous == CalendarDate("2400-12-31")?.dayNumber)
    }

    @Test("days before the year 1 and after 9999 do not exist")
    func bounds() throws {
        let first = try #require(CalendarDate("0001-01-01"))
        let last = try #require(CalendarDate("9999-12-31"))
        #expect(CalendarDate(dayNumber: first.dayNumber) == first)
        #expect(CalendarDate(dayNumber: first.dayNumber - 1) == nil)
        #expect(CalendarDate(dayNumber: last.dayNumber) == last)
        #expect(CalendarDate(dayNumber: last.dayNumber + 1) == nil)
        #expect(CalendarDate(millisecondsSince1970: .max) == nil)
        #expect(CalendarDate(millisecondsSince1970: .min) == nil)
    }

    @Test("the day at a moment is that of the zone")
    func moments() {
        #expect(CalendarDate(millisecondsSince1970: 0) == CalendarDate("1970-01-01"))
        #expect(CalendarDate(millisecondsSince1970: -1) == CalendarDate("1969-12-31"))
        #expect(CalendarDate(millisecondsSince1970: 1_795_392_000_000 - 1) == CalendarDate("2026-11-22"))
        #expect(CalendarDate(millisecondsSince1970: 1_795_392_000_000) == CalendarDate("2026-11-23"))
        #expect(CalendarDate(millisecondsSince1970: 1_795_392_000_000, secondsFromUTC: -6 * 3600) == CalendarDate("2026-11-22"))
        #expect(CalendarDate(millisecondsSince1970: 1_795_392_000_000 - 3_600_000, secondsFromUTC: 7200) == CalendarDate("2026-11-23"))
    }

    @Test("an age grows on the birthday, and on 1 March for a birth on 29 February")
    func ages() throws {
        let birth = try #require(CalendarDate("2008-06-24"))
        #expect(birth.years(until: try #require(CalendarDate("2026-06-23"))) == 17)
        #expect(birth.years(until: try #require(CalendarDate("2026-06-24"))) == 18)
        let leap = try #require(CalendarDate("2008-02-29"))
        #expect(leap.years(until: try #require(CalendarDate("2026-02-28"))) == 17)
        #expect(leap.years(until: try #require(CalendarDate("2026-03-01"))) == 18)
        #expect(birth.years(until: try #require(CalendarDate("2008-06-23"))) == -1)
    }

    @Test("dates sort as their texts do")
    func order() throws {
        var random = SeededRandom(seed: 7)
        var dates = (0..<500).compactMap { _ in CalendarDate(dayNumber: Int.random(in: -700_000...2_900_000, using: &random)) }
        #expect(dates.count == 500)
        dates.sort()
        #expect(dates.map(\.description) == dates.map(\.description).sorted())
        #expect(dates.allSatisfy { CalendarDate($0.description) == $0 })
    }
}
