internal import GatehouseCore

/// Somebody who waits for one or two records, each of which may come from a copy, from a question of their own, or from one that
/// somebody else asked before.
final class WaitingRead {
    /// Where a record belongs that is awaited.
    struct Place {
        let read: WaitingRead
        let isSecond: Bool
    }

    let first: RecordKey
    let second: RecordKey?
    private let completion: (RecordReading) -> Void
    private var values: (first: [UInt8]?, second: [UInt8]?)
    /// How many records have not come.
    private var missing: Int
    private(set) var isAvailable = true

    /// - Parameters:
    ///   - first: the key of the first record.
    ///   - second: that of the second one.
    ///   - held: what is there already.
    ///   - completion: told once.
    init(
        _ first: RecordKey, _ second: RecordKey?, held: (first: [UInt8]?, second: [UInt8]?),
        completion: @escaping (RecordReading) -> Void
    ) {
        self.first = first
        self.second = second
        self.completion = completion
        values = held
        missing = (held.first == nil ? 1 : 0) + (second != nil && held.second == nil ? 1 : 0)
    }

    /// Takes what came of one of the records.
    ///
    /// - Returns: whether it was the last one.
    func take(_ outcome: Outcome, isSecond: Bool) -> Bool {
        switch outcome {
        case .none: isAvailable = false
        case .value(let value): if isSecond { values.second = value } else { values.first = value }
        }
        missing -= 1
        return missing == 0
    }

    /// What came of a question.
    enum Outcome {
        /// The record, or that there is none.
        case value([UInt8]?)
        /// No answer.
        case none
    }

    /// Tells whoever waits; without an answer what `lastResort` says.
    func finish(_ lastResort: (WaitingRead) -> RecordReading) {
        completion(isAvailable ? .values(first: values.first, second: values.second) : lastResort(self))
    }
}
