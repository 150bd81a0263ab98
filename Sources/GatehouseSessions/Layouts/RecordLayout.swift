/// A record as it stands in the store before it is sealed: one octet for its version, then its fields.
///
/// Records outlive a release, and while one release replaces another, instances of both work on the same store. So a release
/// reads what the release before wrote, and a version is added like this, say N + 1 with one more field:
///
/// 1. `versions` goes up to N + 1 and begins with N at the latest. New fields stand at the end and are read where
///    `LayoutReader.version` says so; older records get the value that they meant all along. What stands before them keeps its
///    place, its width and its meaning: anything else is another kind of record, under a key of its own.
/// 2. `encoded` goes on to write N where N can tell the whole record, so that instances of the release before read it, too
///    (`StoredIdentity` does so). Where it cannot, one release reads N + 1, and only the next one writes it.
/// 3. `RecordLayoutTests` gets octets of N + 1 and fails until they are there. Those that are there are never changed.
/// 4. N goes with a later release, once no record of it can be alive; its octets stay in the tests, as some that are refused.
///
/// A record of any other version, of one from the future as well, is no record: a session is none, a link does not work. It is
/// neither removed nor replaced for that, so that a newer instance finds it as it was; only the identity record of a person is
/// written anew when this instance signs that person in or ends their sessions, as it is over one that was altered.
///
/// Two things in the store have no version. `ThrottleState` is read and written by the script in Redis, too, and is told by its
/// length; `PendingFactor` is the text of its address, whose parameters have names. Another layout of either gets another place.
package protocol RecordLayout: Equatable, Sendable {
    /// The versions that are read.
    static var versions: ClosedRange<UInt8> { get }

    /// - Throws: `SessionError.tooLarge` for a text or list that no length can tell.
    func encoded() throws(SessionError) -> [UInt8]

    /// - Returns: `nil` for another version, missing octets or octets left over.
    init?(decoding bytes: [UInt8])
}
