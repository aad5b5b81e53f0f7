/// The line that shows how far long work is: how much of it, how fast, and how much longer it takes.
struct WorkProgress {
    private let what: String
    private let noun: String
    private let began: Int64
    private static let barWidth = 16

    /// - Parameters:
    ///   - what: What is being done, such as `Importing`.
    ///   - noun: What is counted, one of it.
    ///   - began: Milliseconds since 1970.
    init(_ what: String, counting noun: String, began: Int64) {
        self.what = what
        self.noun = noun
        self.began = began
    }

    /// - Parameters:
    ///   - count: How many are done.
    ///   - share: How much of the whole that is, from 0 to 1; `nil` where the whole is not known.
    ///   - now: Milliseconds since 1970.
    func line(_ count: Int, share: Double?, now: Int64) -> String {
        let elapsed = now - began
        let speed = elapsed >= 1000 ? ", \(Int64(count) * 1000 / elapsed) a second" : ""
        let counted = "\(Plural.of(count, noun))\(speed)"
        guard let share = share.map({ min(1, max(0, $0)) }) else { return "\(what): \(counted)" }
        let filled = Int(share * Double(Self.barWidth))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
        let isTelling = elapsed >= 1000 && share > 0.01 && share < 1
        let left = isTelling ? ", \(Moment.span(milliseconds: Int64(Double(elapsed) * (1 - share) / share))) left" : ""
        return "\(what) \(bar) \(Int(share * 100)) %  \(counted)\(left)"
    }
}
