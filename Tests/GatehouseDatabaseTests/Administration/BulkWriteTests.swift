import GatehouseCore
import GatehouseTestSupport
import Synchronization
import Testing

@testable import GatehouseDatabase

@Suite("Writing many people")
struct BulkWriteTests {
    private func row(_ name: UserName, _ set: (inout PersonRow) -> Void = { _ in }) -> PersonRow {
        var row = PersonRow(name: name)
        set(&row)
        return row
    }

    private func write(
        _ people: PeopleUnderTest, _ rows: [PersonRow], updates: Bool = false
    ) async throws -> BulkOutcome {
        try await people.administration.write(
            rows, updatesExisting: updates, now: people.now, seal: BulkWriteTests.seal
        ) { _ in }
    }

    /// Stands for a seal: what is stored names the person and is not the secret.
    static let seal: FactorSeal = { factor, user in "\(user):\(factor.uri.utf8.count)" }

    @Test(
        "keeps second factors sealed, replaces them, and lets them go with the person", arguments: DatabaseKind.allCases
    )
    func factors(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let secret = try #require(PendingFactor(base32: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))
        var alice = PersonRow(name: "alice")
        alice.factors = [secret, secret]
        let made = try await people.administration.write(
            [alice, PersonRow(name: "bob")], updatesExisting: false, now: people.now, seal: BulkWriteTests.seal
        ) { _ in }
        #expect(made.factors == 2 && made.made == 2)
        let rows = try await people.sql("SELECT sealed FROM gatehouse_pending_factor")
        let id = try #require(
            try await people.sql("SELECT id FROM auth_user WHERE username = 'alice'").first?.integer(0))
        #expect(rows.map { $0.string(0) } == ["\(id):\(secret.uri.utf8.count)", "\(id):\(secret.uri.utf8.count)"])
        alice.factors = [secret]
        let again = try await people.administration.write(
            [alice, PersonRow(name: "bob")], updatesExisting: true, now: people.now, seal: BulkWriteTests.seal
        ) { _ in }
        #expect(again.factors == 1 && again.unchanged == 2)
        alice.factors = []
        _ = try await people.administration.write(
            [alice], updatesExisting: true, now: people.now, seal: BulkWriteTests.seal
        ) { _ in }
        #expect(try await people.sql("SELECT id FROM gatehouse_pending_factor").count == 1, "none says nothing")
        _ = try await people.administration.remove("alice")
        #expect(try await people.sql("SELECT id FROM gatehouse_pending_factor").isEmpty)
    }

    @Test("finds what django-otp has of people who confirmed it", arguments: DatabaseKind.allCases)
    func djangoOTP(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        _ = try await people.administration.write(
            [PersonRow(name: "alice"), PersonRow(name: "bob")], updatesExisting: false, now: people.now,
            seal: BulkWriteTests.seal
        ) { _ in }
        #expect(try await people.administration.export(after: 0).allSatisfy { $0.person.factors.isEmpty })
        for statement in [
            """
            CREATE TABLE otp_totp_totpdevice (
                id integer NOT NULL PRIMARY KEY, name varchar(64) NOT NULL, confirmed \(kind == .sqlite ? "bool" : "boolean") NOT NULL,
                key varchar(80) NOT NULL, step smallint NOT NULL, t0 bigint NOT NULL, digits smallint NOT NULL,
                tolerance smallint NOT NULL, drift smallint NOT NULL, last_t bigint NOT NULL, user_id integer NOT NULL
            )
            """,
            """
            INSERT INTO otp_totp_totpdevice
            SELECT n, 'phone', n < 3, '3132333435363738393031323334353637383930', 30, 0, 6, 1, 0, -1, u.id
            FROM auth_user u, (SELECT 1 AS n UNION SELECT 3) numbers WHERE u.username = 'alice'
            """,
        ] { _ = try await people.sql(statement) }
        let found = try await people.administration.export(after: 0).map(\.person.factors)
        #expect(found == [[try #require(PendingFactor(base32: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))], []])
        _ = try await people.sql(
            """
            INSERT INTO otp_totp_totpdevice
            SELECT n, 'odd', n < 6, CASE n WHEN 4 THEN 'no key' ELSE '3132333435363738393031323334353637383930' END, 30, 0,
                CASE n WHEN 5 THEN 9 ELSE 6 END, 1, 0, -1, u.id
            FROM auth_user u, (SELECT 4 AS n UNION SELECT 5 UNION SELECT 6) numbers WHERE u.username = 'alice'
            """)
        let odd = try await people.administration.export(after: 0).map(\.person)
        #expect(
            odd.map(\.factors) == found && odd.map(\.unusableFactors) == [2, 0], "confirmed ones that cannot be used")
    }

    @Test("makes them with groups and permissions, and says what was made beside", arguments: DatabaseKind.allCases)
    func make(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        let progress = Mutex<[Int]>([])
        let rows = (0..<2_500).map { number in
            row(UserName("user\(number)")) {
                ($0.encodedPassword, $0.email) = ("hash\(number)", "U@EXAMPLE.com")
                $0.groups = ["all", GroupName("group\(number % 3)")]
                $0.permissions = ["reports.view_report", "pages.add_page"]
            }
        }
        let outcome = try await people.administration.write(
            rows, updatesExisting: false, now: people.now, seal: BulkWriteTests.seal
        ) { done in
            progress.withLock { $0.append(done) }
        }
        #expect(outcome.made == 2_500 && outcome.updated.isEmpty && outcome.unchanged == 0)
        #expect(Set(outcome.alongside.groups) == ["all", "group0", "group1", "group2"])
        #expect(outcome.alongside.permissions == ["pages.add_page"])
        #expect(progress.withLock { $0 } == [1_000, 2_000, 2_500])
        let details = try await people.administration.user("user7")
        #expect(details.groups == ["all", "group1"] && details.user.email == "U@example.com")
        #expect(details.ownPermissions == ["pages.add_page", "reports.view_report"] && details.user.isActive)
        let defaults = try await write(people, [row("bare")])
        #expect(defaults.made == 1)
        #expect(try await people.store.account(named: "bare")?.encodedPassword == "!")
    }

    @Test("changes those who exist as the rows say, and leaves what they do not say", arguments: DatabaseKind.allCases)
    func update(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        for name in ["same", "grouped", "secret", "gone"] { try await people.add(name, groups: ["old"]) }
        let rows = [
            row("same") { ($0.email, $0.groups) = ("a@example.com", ["old"]) }, row("grouped") { $0.groups = ["new"] },
            row("secret") { $0.encodedPassword = "other" }, row("gone") { $0.isActive = false }, row("fresh"),
        ]
        let outcome = try await write(people, rows, updates: true)
        #expect(outcome.made == 1 && outcome.unchanged == 1)
        #expect(outcome.updated.map(\.endsSessions) == [false, true, true])
        #expect(try await people.administration.user("grouped").groups == ["new"])
        #expect(try await people.administration.user("secret").groups == ["old"])
        #expect(try await people.store.account(named: "secret")?.encodedPassword == "other")
        #expect(try await people.administration.user("gone").user.isActive == false)
        let again = try await write(people, rows, updates: true)
        #expect(again.made == 0 && again.updated.isEmpty && again.unchanged == 5)
    }

    @Test("does nothing at all when one of them cannot be written", arguments: DatabaseKind.allCases)
    func allOrNothing(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("Émile")
        await #expect(throws: DatabaseError.duplicate) { _ = try await write(people, [row("a"), row("émile")]) }
        await #expect(throws: DatabaseError.duplicate) {
            _ = try await write(people, [row("a"), row("émile")], updates: true)
        }
        await #expect(throws: DatabaseError.duplicate) { _ = try await write(people, [row("a"), row("Émile")]) }
        await #expect(throws: DatabaseError.self) {
            _ = try await write(people, [row("a"), row("b") { $0.email = String(repeating: "x", count: 300) }])
        }
        await #expect(throws: DatabaseError.self) { _ = try await write(people, [row("a"), row("not a name")]) }
        #expect(try await people.store.account(named: "a") == nil)
        #expect(try await people.administration.clashes(["x", "ÉMILE", "Émile"]) == [1: "Émile", 2: "Émile"])
    }
}

@Suite("Taking people over")
struct ExportTests {
    @Test("gives what a bulk write takes, page by page", arguments: DatabaseKind.allCases)
    func roundTrip(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        for number in 0..<25 {
            try await people.add(
                "user\(number)", isSuperuser: number == 3, groups: number % 2 == 0 ? ["even", "all"] : ["all"],
                permissions: number % 5 == 0 ? ["reports.view_report"] : [])
        }
        var all: [PersonRow] = []
        var last: Int64 = 0
        while true {
            let page = try await people.administration.export(after: last, limit: 10)
            guard let end = page.last?.id else { break }
            last = end
            all += page.map(\.person)
        }
        #expect(all.count == 25)
        let other = try await PeopleUnderTest(kind)
        let outcome = try await other.administration.write(
            all, updatesExisting: false, now: other.now, seal: BulkWriteTests.seal
        ) { _ in }
        #expect(outcome.made == 25)
        for name: UserName in ["user0", "user3", "user24"] {
            let (before, after) = (
                try await people.administration.user(name), try await other.administration.user(name)
            )
            #expect(before.groups == after.groups && before.ownPermissions == after.ownPermissions)
            #expect(before.user.isSuperuser == after.user.isSuperuser && before.user.email == after.user.email)
        }
    }
}

@Suite("Earlier passwords")
struct PasswordHistoryTests {
    @Test("are kept, the latest first, a bounded number of them", arguments: DatabaseKind.allCases)
    func history(kind: DatabaseKind) async throws {
        let people = try await PeopleUnderTest(kind)
        try await people.add("alice")
        try await people.add("bob")
        let id = try #require(try await people.store.account(named: "alice")).id
        for number in 0..<30 {
            try await people.store.setPassword(of: "alice", to: "hash\(number)", now: people.now, remembering: 24)
        }
        #expect(try await people.store.previousHashes(of: id, limit: 3) == ["hash28", "hash27", "hash26"])
        #expect(try await people.store.previousHashes(of: id, limit: 100).count == 24)
        let bob = try #require(try await people.store.account(named: "bob")).id
        #expect(try await people.store.previousHashes(of: bob, limit: 3) == [], "an unusable password is none")
        #expect(try await people.store.previousHashes(of: "x", limit: 3) == [])
        try await people.store.setPassword(of: "alice", to: "last", now: people.now, remembering: 2)
        #expect(try await people.store.previousHashes(of: id, limit: 100) == ["hash29", "hash28"])
        try await people.store.setPassword(of: "alice", to: "forgotten", now: people.now, remembering: 0)
        #expect(try await people.store.previousHashes(of: id, limit: 100) == [], "nobody asks for them any more")
        try await people.store.setPassword(of: "alice", to: "more", now: people.now, remembering: 2)
        _ = try await people.administration.remove("alice")
        #expect(try await people.sql("SELECT count(*) FROM gatehouse_password_history").first?.integer(0) == 0)
    }
}
