/// A stack in memory that somebody lends; what finds no room there goes to the heap.
struct LentStack<Element: BitwiseCopyable> {
    private let near: UnsafeMutableBufferPointer<Element>
    /// What lies above `near`, the lowest first.
    private var far: [Element] = []
    private(set) var count = 0

    /// - Parameter room: Stays valid as long as the stack; need not be initialized, and is left to its owner.
    init(_ room: UnsafeMutableBufferPointer<Element>) {
        near = room
    }

    /// - Parameter index: Below `count`, 0 for the element pushed first.
    @inline(__always)
    subscript(index: Int) -> Element {
        index < near.count ? near[index] : far[index - near.count]
    }

    @inline(__always)
    mutating func push(_ element: Element) {
        if count < near.count { near.initializeElement(at: count, to: element) } else { far.append(element) }
        count += 1
    }

    /// There must be one.
    @inline(__always)
    mutating func pop() -> Element {
        let element = self[count - 1]
        cut(to: count - 1)
        return element
    }

    /// Forgets what lies above the first `newCount`.
    @inline(__always)
    mutating func cut(to newCount: Int) {
        if count > near.count { far.removeLast(count - max(newCount, near.count)) }
        count = newCount
    }
}
