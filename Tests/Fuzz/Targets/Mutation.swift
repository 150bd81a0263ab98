/// Changes inputs in ways that readers stumble over; the same numbers for the same seed (SplitMix64).
package struct Mutation: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// One of the seeds, with one to six changes, pieces of other seeds among them.
    package mutating func input(from seeds: [[UInt8]]) -> [UInt8] {
        var bytes = seeds.randomElement(using: &self) ?? []
        for _ in 0..<([1, 1, 1, 2, 3, 6].randomElement(using: &self) ?? 1) { change(&bytes, seeds) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8], _ seeds: [[UInt8]]) {
        guard let index = bytes.indices.randomElement(using: &self) else {
            bytes.append(UInt8.random(in: 0...255, using: &self))
            return
        }
        let end = min(bytes.count, index + Int.random(in: 1...30, using: &self))
        switch Int.random(in: 0..<8, using: &self) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &self)
        case 1: bytes.insert(UInt8.random(in: 0...255, using: &self), at: index)
        case 2: bytes.removeSubrange(index..<end)
        case 3: bytes.insert(contentsOf: Array(bytes[index..<end]), at: Int.random(in: bytes.indices, using: &self))
        case 4: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &self)
        case 5: bytes.replaceSubrange(index..<end, with: repeatElement(bytes[index], count: 300))
        case 6:
            let other = seeds.randomElement(using: &self) ?? []
            let start = other.indices.randomElement(using: &self) ?? 0
            bytes.insert(contentsOf: other[start..<min(other.count, start + 30)], at: index)
        default:
            bytes.insert(Array("\r\n\0\"\\%;,=&()*{}[]:/?#\u{7F}".utf8).randomElement(using: &self) ?? 0, at: index)
        }
    }
}
