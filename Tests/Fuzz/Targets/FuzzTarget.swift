/// Something that reads octets from outside, and what must hold whatever they are.
package struct FuzzTarget: Sendable {
    package let name: String
    /// Inputs that are taken, to start from.
    package let seeds: [[UInt8]]
    /// Reads an input.
    ///
    /// - Throws: `Broken` if something does not hold; a trap is one more way to say so.
    package let read: @Sendable ([UInt8]) throws(Broken) -> Void

    /// What did not hold, in words.
    package struct Broken: Error, CustomStringConvertible {
        package let description: String
    }

    init(_ name: String, seeds: [[UInt8]], _ read: @escaping @Sendable ([UInt8]) throws(Broken) -> Void) {
        self.name = name
        self.seeds = seeds
        self.read = read
    }

    init(_ name: String, seeds: [String], _ read: @escaping @Sendable ([UInt8]) throws(Broken) -> Void) {
        self.init(name, seeds: seeds.map { Array($0.utf8) }, read)
    }

    /// Every target; some reach into what only debug builds show.
    package static var all: [FuzzTarget] {
        #if DEBUG
            [requestHead, cookies, returnAddress, toml, ldap, resp, records, forms, token, keys, claims]
        #else
            [requestHead, cookies, returnAddress, toml, token, keys, claims]
        #endif
    }

    static func expect(_ holds: Bool, _ what: @autoclosure () -> String) throws(Broken) {
        guard holds else { throw Broken(description: what()) }
    }
}
