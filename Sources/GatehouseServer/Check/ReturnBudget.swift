internal import GatehouseCore

/// How many return addresses one event loop puts into the store: strangers ask for it, so it must not fill it.
struct ReturnBudget {
    private var second = Int64.min
    private var left = 0

    /// Records in a second; beyond them people come back to the start page.
    static let perSecond = 20

    /// Takes one out of the budget of this moment, if there is one left.
    mutating func take(_ now: Timestamp) -> Bool {
        let current = now.milliseconds / 1_000
        if current != second {
            second = current
            left = ReturnBudget.perSecond
        }
        guard left > 0 else { return false }
        left -= 1
        return true
    }
}
