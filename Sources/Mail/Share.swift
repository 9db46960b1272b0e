/// This process among those that send together: what limits allow is shared out by it.
package struct Share: Sendable, Equatable {
    /// From 0.
    package let index: Int
    package let count: Int

    package init(index: Int, of count: Int) {
        self.index = index
        self.count = count
    }

    /// There is nobody else.
    package static let whole = Share(index: 0, of: 1)

    /// How many of `total` are this one's. What cannot be divided goes round: at each turn it is another's.
    package func part(of total: Int, turn: Int = 0) -> Int {
        (total + count - 1 - (index + turn) % count) / count
    }
}
