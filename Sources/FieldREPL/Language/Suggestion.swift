/// Finds the word that was probably meant.
enum Suggestion {
    /// - Returns: The candidate with the fewest letters changed, added, left out or swapped; `nil` when none is near.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let begun = candidates.filter { !word.isEmpty && $0.hasPrefix(word) }
        if begun.count == 1 { return begun[0] }
        let near = candidates.map { (candidate: $0, distance: distance(word, $0)) }.min { $0.distance < $1.distance }
        guard let near, near.distance <= max(1, min(word.count, near.candidate.count) / 2) else { return nil }
        return near.candidate
    }

    /// Edits between two words, a swap of neighbours counting as one (optimal string alignment).
    static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var rows = [Array(0...right.count)]
        for row in left.indices {
            var next = [row + 1]
            for column in right.indices {
                let changed = rows[row][column] + (left[row] == right[column] ? 0 : 1)
                var best = min(changed, rows[row][column + 1] + 1, next[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, rows[row - 1][column - 1] + 1)
                }
                next.append(best)
            }
            rows.append(next)
        }
        return rows[left.count][right.count]
    }
}
