package import GatehouseCore

/// Who somebody is at a provider, for good: the two octet by octet, and nothing else of what a provider says.
package struct ExternalKey: Hashable, Sendable {
    package let issuer: UTF8Text
    package let subject: UTF8Text

    package init(issuer: UTF8Text, subject: UTF8Text) {
        self.issuer = issuer
        self.subject = subject
    }

    fileprivate var values: [SQLValue] { [.text(issuer.bytes), .text(subject.bytes)] }

    /// Whether it fits the table: PostgreSQL stores no NUL, and a subject has at most 255 characters.
    fileprivate var fits: Bool {
        !issuer.isEmpty && !issuer.bytes.contains(0) && (1...255).contains(subject.bytes.count)
            && !subject.bytes.contains(0)
    }
}

/// What a provider said of somebody last: kept to be looked at, and decided by nothing.
package struct SeenPerson: Equatable, Sendable {
    package let key: ExternalKey
    /// The provider's name in the configuration, which may be another one tomorrow.
    package let provider: UTF8Text
    package let email: UTF8Text
    package let name: UTF8Text

    /// What does not fit is left out.
    package init(key: ExternalKey, provider: UTF8Text, email: UTF8Text = "", name: UTF8Text = "") {
        self.key = key
        self.provider = provider
        self.email = SeenPerson.fitting(email)
        self.name = SeenPerson.fitting(name)
    }

    private static func fitting(_ text: UTF8Text) -> UTF8Text {
        text.bytes.contains(0) || text.string.unicodeScalars.count > 254 ? "" : text
    }
}

/// A person of a provider, as the table has them.
package struct ExternalIdentity: Equatable, Sendable {
    /// Whom the person is here.
    package enum Owner: Equatable, Sendable {
        /// An account, by its primary key.
        case account(UTF8Text)
        /// Nobody's account: the name that nobody else gets.
        case name(UserName)
    }

    package let id: Int64
    package let seen: SeenPerson
    package let owner: Owner
    package let createdAt: Timestamp
    package let lastUsedAt: Timestamp?

    package var key: ExternalKey { seen.key }
}

/// The statements about `gatehouse_external_identities`, each within somebody's transaction.
enum ExternalRows {
    private static let columns =
        "id, provider, issuer, subject, user_id, held_name, created_at, last_used_at, email, name"

    private static func identity(_ row: SQLRow) -> ExternalIdentity? {
        func text(_ index: Int) -> UTF8Text { UTF8Text(wellFormed: row.text(index) ?? []) }
        func moment(_ index: Int) -> Timestamp? { row.integer(index).map { Timestamp(milliseconds: $0) } }
        guard let id = row.integer(0), let created = moment(6) else { return nil }
        let owner: ExternalIdentity.Owner =
            row.integer(4).map { .account(UTF8Text(String($0))) } ?? .name(UserName(text(5)))
        return ExternalIdentity(
            id: id,
            seen: SeenPerson(
                key: ExternalKey(issuer: text(2), subject: text(3)), provider: text(1), email: text(8), name: text(9)),
            owner: owner, createdAt: created, lastUsedAt: moment(7))
    }

    static func find(
        _ key: ExternalKey, _ connection: any SQLConnection
    ) throws(DatabaseError) -> ExternalIdentity? {
        guard key.fits else { return nil }
        // A collation of the database's own may find others, too.
        return try connection.execute(
            "SELECT \(columns) FROM gatehouse_external_identities WHERE issuer = ? AND subject = ?", key.values
        ).compactMap(identity).first { $0.key == key }
    }

    static func all(
        where condition: String, _ values: [SQLValue], _ connection: any SQLConnection
    ) throws(DatabaseError) -> [ExternalIdentity] {
        try connection.execute(
            "SELECT \(columns) FROM gatehouse_external_identities WHERE \(condition) ORDER BY id", values
        ).compactMap(identity)
    }

    /// Who holds a name, in whatever letter case, without having an account.
    static func holder(
        of name: UserName, _ connection: any SQLConnection
    ) throws(DatabaseError) -> ExternalIdentity? {
        try all(where: "held_key = ?", [.text(UserNameRule.folded(name))], connection).first
    }

    /// Notes somebody who was not known.
    ///
    /// - Throws: `DatabaseError.duplicate` if the person or the name is there already.
    static func insert(
        _ seen: SeenPerson, _ owner: ExternalIdentity.Owner, usedAt: Timestamp?, now: Timestamp,
        _ connection: any SQLConnection
    ) throws(DatabaseError) -> Int64 {
        guard seen.key.fits, seen.provider.bytes.count <= 32, !seen.provider.bytes.contains(0) else {
            throw .invalidName(
                reason: "an issuer, a subject of 1 to 255 characters and a provider's name of at most 32 are needed")
        }
        let (user, name) = owner.values
        let rows = try connection.execute(
            """
            INSERT INTO gatehouse_external_identities (provider, issuer, subject, user_id, held_name, held_key, created_at,
                last_used_at, email, name, given_groups, gave_staff, gave_superuser)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?) RETURNING id
            """,
            [.text(seen.provider.bytes)] + seen.key.values + [user] + name + [
                .integer(now.milliseconds), usedAt.map { .integer($0.milliseconds) } ?? .null,
                .text(seen.email.bytes), .text(seen.name.bytes), .flag(false), .flag(false),
            ])
        guard let id = rows.first?.integer(0) else { throw .failed(reason: "the new identity's row has no id") }
        return id
    }

    /// Says whom somebody who is known is from now on.
    static func setOwner(
        of id: Int64, to owner: ExternalIdentity.Owner, _ connection: any SQLConnection
    ) throws(DatabaseError) {
        let (user, name) = owner.values
        try connection.execute(
            "UPDATE gatehouse_external_identities SET user_id = ?, held_name = ?, held_key = ? WHERE id = ?",
            [user] + name + [.integer(id)])
    }

    /// Notes a sign-in and what the provider said at it.
    static func note(
        _ seen: SeenPerson, usedAt now: Timestamp, of id: Int64, _ connection: any SQLConnection
    ) throws(DatabaseError) {
        try connection.execute(
            "UPDATE gatehouse_external_identities SET provider = ?, email = ?, name = ?, last_used_at = ? WHERE id = ?",
            [
                .text(seen.provider.bytes), .text(seen.email.bytes), .text(seen.name.bytes),
                .integer(now.milliseconds), .integer(id),
            ])
    }

    static func remove(_ id: Int64, _ connection: any SQLConnection) throws(DatabaseError) {
        try connection.execute("DELETE FROM gatehouse_external_identities WHERE id = ?", [.integer(id)])
    }
}

extension ExternalIdentity.Owner {
    /// The primary key, and the name with the form in which it is compared.
    fileprivate var values: (user: SQLValue, name: [SQLValue]) {
        switch self {
        case .account(let id):
            (ASCII.decimal(id.bytes.span, limit: .max).map { .integer(Int64($0)) } ?? .null, [.null, .null])
        case .name(let name): (.null, [.text(name.text.bytes), .text(UserNameRule.folded(name))])
        }
    }
}
