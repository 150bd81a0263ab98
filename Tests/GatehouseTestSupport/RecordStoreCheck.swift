package import GatehouseCore
internal import Testing

/// One promise of the `RecordStore` port; every adapter's tests run all of them.
///
/// ```swift
/// @Test("keeps the port's promises", arguments: RecordStoreCheck.allCases)
/// func conforms(check: RecordStoreCheck) async throws { try await check.run(on: store, elapse: { … }) }
/// ```
package enum RecordStoreCheck: CaseIterable, CustomTestStringConvertible, Sendable {
    case writtenValueIsRead, unknownKeyHasNoValue, valueExpires, rewritingMovesExpiry
    case ifMissingKeepsFirst, ifPresentNeverRevives, ifEqualComparesWhole
    case removedIsGone, manyKeysAreRemoved
    case setsHoldMembers, setExpiryOnlyGrows, setExpires, largeSetIsComplete
    case largeValues, tooLargeValueIsRefused, everyOctet, emptyValue, oneOfManyWritersWins, answersPing

    package var testDescription: String { "\(self)" }

    /// Checks the promise under keys of its own.
    ///
    /// `elapse` lets that much time pass for the store: it moves the store's clock, or waits.
    package func run(
        on store: any RecordStore, prefix: String = "gh:", elapse: (Duration) async throws -> Void
    ) async throws {
        let scope = "\(prefix)\(self):\(UInt64.random(in: .min ... .max)):"
        let key = { (name: String) in RecordKey(Array((scope + name).utf8)) }
        switch self {
        case .writtenValueIsRead, .unknownKeyHasNoValue, .valueExpires, .rewritingMovesExpiry, .largeValues,
            .tooLargeValueIsRefused, .everyOctet, .emptyValue:
            try await values(store, key, elapse)
        case .ifMissingKeepsFirst, .ifPresentNeverRevives, .ifEqualComparesWhole, .oneOfManyWritersWins:
            try await conditions(store, key, elapse)
        case .removedIsGone, .manyKeysAreRemoved, .answersPing:
            try await removals(store, key)
        case .setsHoldMembers, .setExpiryOnlyGrows, .setExpires, .largeSetIsComplete:
            try await sets(store, key, elapse)
        }
    }

    private typealias Keys = (String) -> RecordKey
    private static let long = Duration.seconds(60)
    /// Long enough for the next step on a busy machine, short enough to wait for.
    private static let short = Duration.milliseconds(400)
    private static let pastShort = Duration.milliseconds(500)

    private func values(
        _ store: any RecordStore, _ key: Keys, _ elapse: (Duration) async throws -> Void
    ) async throws {
        let a = key("a")
        switch self {
        case .writtenValueIsRead:
            #expect(try await store.write([1, 2, 3], for: a, expiresIn: Self.long, when: .always))
            #expect(try await store.value(for: a) == [1, 2, 3])
            #expect(try await store.write([4], for: a, expiresIn: Self.long, when: .always))
            #expect(try await store.value(for: a) == [4])
        case .unknownKeyHasNoValue:
            #expect(try await store.value(for: a) == nil)
        case .valueExpires:
            #expect(try await store.write([1], for: a, expiresIn: Self.short, when: .always))
            #expect(try await store.write([1], for: key("b"), expiresIn: Self.long, when: .always))
            try await elapse(Self.pastShort)
            #expect(try await store.value(for: a) == nil)
            #expect(try await store.value(for: key("b")) == [1])
        case .rewritingMovesExpiry:
            #expect(try await store.write([1], for: a, expiresIn: Self.short, when: .always))
            #expect(try await store.write([1], for: a, expiresIn: Self.long, when: .always))
            #expect(try await store.write([1], for: key("b"), expiresIn: Self.long, when: .always))
            #expect(try await store.write([1], for: key("b"), expiresIn: Self.short, when: .ifPresent))
            try await elapse(Self.pastShort)
            #expect(try await store.value(for: a) == [1])
            #expect(try await store.value(for: key("b")) == nil)
        case .largeValues:
            let large = (0..<16_384).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            #expect(try await store.write(large, for: a, expiresIn: Self.long, when: .always))
            #expect(try await store.value(for: a) == large)
            #expect(try await store.write([1], for: a, expiresIn: Self.long, when: .ifEqual(large)))
        case .tooLargeValueIsRefused:
            let longest = [UInt8](repeating: 7, count: RecordLimits.valueBytes)
            #expect(try await store.write(longest, for: a, expiresIn: Self.long, when: .always))
            for condition in [WriteCondition.always, .ifMissing, .ifPresent, .ifEqual(longest)] {
                await #expect(throws: StoreError.self) {
                    try await store.write(longest + [7], for: a, expiresIn: Self.long, when: condition)
                }
            }
            #expect(try await store.value(for: a) == longest)
        case .everyOctet:
            let octets = Array(UInt8.min...UInt8.max)
            let binary = RecordKey(a.bytes + octets)
            #expect(try await store.write(octets, for: binary, expiresIn: Self.long, when: .always))
            #expect(try await store.value(for: binary) == octets)
            #expect(try await store.value(for: RecordKey(a.bytes + octets.dropLast())) == nil)
        default:
            #expect(try await store.write([], for: a, expiresIn: Self.long, when: .ifMissing))
            #expect(try await store.value(for: a) == [])
            #expect(try await store.write([1], for: a, expiresIn: Self.long, when: .ifEqual([])))
        }
    }

    private func conditions(
        _ store: any RecordStore, _ key: Keys, _ elapse: (Duration) async throws -> Void
    ) async throws {
        let a = key("a")
        switch self {
        case .ifMissingKeepsFirst:
            #expect(try await store.write([1], for: a, expiresIn: Self.short, when: .ifMissing))
            #expect(try await !store.write([2], for: a, expiresIn: Self.long, when: .ifMissing))
            #expect(try await store.value(for: a) == [1])
            try await elapse(Self.pastShort)
            #expect(try await store.write([3], for: a, expiresIn: Self.long, when: .ifMissing))
            #expect(try await store.value(for: a) == [3])
        case .ifPresentNeverRevives:
            #expect(try await !store.write([1], for: a, expiresIn: Self.long, when: .ifPresent))
            #expect(try await store.write([1], for: a, expiresIn: Self.long, when: .always))
            #expect(try await store.write([2], for: a, expiresIn: Self.long, when: .ifPresent))
            #expect(try await store.value(for: a) == [2])
            try await store.remove([a])
            #expect(try await !store.write([3], for: a, expiresIn: Self.long, when: .ifPresent))
            #expect(try await store.value(for: a) == nil)
        case .ifEqualComparesWhole:
            #expect(try await !store.write([9], for: a, expiresIn: Self.long, when: .ifEqual([])))
            #expect(try await store.write([1, 2, 0], for: a, expiresIn: Self.long, when: .always))
            for wrong: [UInt8] in [[1, 2], [1, 2, 0, 0], [], [1, 2, 1]] {
                #expect(try await !store.write([9], for: a, expiresIn: Self.long, when: .ifEqual(wrong)))
            }
            #expect(try await store.value(for: a) == [1, 2, 0])
            #expect(try await store.write([3], for: a, expiresIn: Self.short, when: .ifEqual([1, 2, 0])))
            #expect(try await store.value(for: a) == [3])
            try await elapse(Self.pastShort)
            #expect(try await !store.write([9], for: a, expiresIn: Self.long, when: .ifEqual([3])))
        default:
            #expect(try await store.write([0], for: a, expiresIn: Self.long, when: .always))
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for writer in UInt8(1)...20 {
                    group.addTask { try await store.write([writer], for: a, expiresIn: Self.long, when: .ifEqual([0])) }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
        }
    }

    private func removals(_ store: any RecordStore, _ key: Keys) async throws {
        switch self {
        case .removedIsGone:
            try await store.remove([])
            try await store.remove([key("unknown")])
            #expect(try await store.write([1], for: key("a"), expiresIn: Self.long, when: .always))
            #expect(try await store.write([2], for: key("b"), expiresIn: Self.long, when: .always))
            try await store.addMember([1], to: key("set"), expiresIn: Self.long)
            try await store.remove([key("a"), key("unknown"), key("set"), key("a")])
            #expect(try await store.value(for: key("a")) == nil)
            #expect(try await store.value(for: key("b")) == [2])
            #expect(try await store.members(of: key("set")).isEmpty)
        case .manyKeysAreRemoved:
            let keys = (0..<1_500).map { key("\($0)") }
            for index in [0, 999, 1_000, 1_499] {
                #expect(try await store.write([1], for: keys[index], expiresIn: Self.long, when: .always))
            }
            try await store.remove(keys)
            for index in [0, 999, 1_000, 1_499] { #expect(try await store.value(for: keys[index]) == nil) }
        default:
            try await store.ping()
        }
    }

    private func sets(
        _ store: any RecordStore, _ key: Keys, _ elapse: (Duration) async throws -> Void
    ) async throws {
        let set = key("set")
        let members = { () async throws -> Set<[UInt8]> in
            let found = try await store.members(of: set)
            #expect(Set(found).count == found.count, "no member comes twice")
            return Set(found)
        }
        switch self {
        case .setsHoldMembers:
            #expect(try await members() == [])
            for member: [UInt8] in [[1], [0, 13, 10, 255], [], [1]] {
                try await store.addMember(member, to: set, expiresIn: Self.long)
            }
            #expect(try await members() == [[1], [0, 13, 10, 255], []])
            try await store.removeMember([1], from: set)
            try await store.removeMember([77], from: set)
            try await store.removeMember([1], from: key("unknown"))
            #expect(try await members() == [[0, 13, 10, 255], []])
        case .setExpiryOnlyGrows:
            try await store.addMember([1], to: set, expiresIn: Self.short)
            try await store.addMember([2], to: set, expiresIn: Self.long)
            try await store.addMember([3], to: set, expiresIn: Self.short)
            try await elapse(Self.pastShort)
            #expect(try await members() == [[1], [2], [3]])
        case .setExpires:
            try await store.addMember([1], to: set, expiresIn: Self.short)
            try await elapse(Self.pastShort)
            #expect(try await members() == [])
        default:
            let many = Set((0..<1_200).map { Array("member \($0)".utf8) })
            for member in many { try await store.addMember(member, to: set, expiresIn: Self.long) }
            #expect(try await members() == many)
        }
    }
}
