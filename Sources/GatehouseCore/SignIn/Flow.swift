/// On whose behalf work is done that has to queue: those of one flow take turns as one.
package struct Flow: Hashable, Sendable {
    package enum Standing: Sendable {
        /// Somebody who showed something of ours: a device that the name signed in with, a live session, a link.
        case known
        case stranger
    }

    package let standing: Standing
    /// Who it is: a device, a person, or a block of addresses.
    package let key: [UInt8]

    package init(_ standing: Standing, key: [UInt8]) {
        self.standing = standing
        self.key = key
    }

    /// What nobody in particular asked for, or somebody who is let in already.
    package static let own = Flow(.known, key: [])
}
