import GatehouseCore
import Testing

@testable import GatehouseBackends

@Suite("What an entry says about its account")
struct AccountStateTests {
    private static let now = Timestamp(milliseconds: 1_764_295_200_000)  // 2025-11-28 02:00 UTC

    private func state(_ values: [(String, String)]) -> AccountState {
        var entry = LDAPEntry(name: Array("cn=x".utf8))
        for (attribute, value) in values { entry.add(attribute, Array(value.utf8)) }
        return AccountState(entry)
    }

    private func bar(_ values: [(String, String)]) throws -> BarredAccount? {
        try state(values).bar(at: AccountStateTests.now, passwordPage: Contact("https://password.example.com/"))
    }

    @Test(
        "is nothing that bars anybody",
        arguments: [
            [], [("userAccountControl", "512"), ("accountExpires", "0"), ("lockoutTime", "0"), ("pwdLastSet", "1")],
            [("accountExpires", "9223372036854775807")], [("accountExpires", "134087688010000000")],
            // What counts is what the domain makes of it: the lock is over, the password never is.
            [("lockoutTime", "134087688000000000"), ("msDS-User-Account-Control-Computed", "0")],
            [("pwdLastSet", "0"), ("userAccountControl", "66048")],
            [("pwdLastSet", "0"), ("msDS-User-Account-Control-Computed", "0")],
            [("nsAccountLock", "false")], [("pwdReset", "FALSE")], [("shadowExpire", "-1")],
            [("shadowExpire", "20421")],
            [("pwdEndTime", "20251128020001Z")], [("pwdStartTime", "20251128015959.5Z")],
            [("krbPrincipalExpiration", "20380101000000Z")],
        ] as [[(String, String)]])
    func open(values: [(String, String)]) throws { #expect(try bar(values) == nil) }

    @Test(
        "is switched off",
        arguments: [
            ("userAccountControl", "514"), ("nsAccountLock", "TRUE"), ("nsaccountlock", "true"),
            ("msDS-UserAccountDisabled", "TRUE"), ("userAccountControl", "-2147483646"),
        ])
    func disabled(value: (String, String)) throws { #expect(try bar([value, ("pwdReset", "TRUE")]) == .disabled) }

    @Test(
        "is over, or has not begun",
        arguments: [
            ("accountExpires", "134087687990000000"), ("shadowExpire", "20420"), ("shadowExpire", "0"),
            ("pwdEndTime", "20251128020000Z"), ("pwdStartTime", "20251128020001Z"),
            ("krbPrincipalExpiration", "2025112801Z"),
        ])
    func expired(value: (String, String)) throws { #expect(try bar([value]) == .expired) }

    @Test(
        "is locked",
        arguments: [
            ("msDS-User-Account-Control-Computed", "16"), ("lockoutTime", "134087688000000000"),
            ("pwdAccountLockedTime", "000001010000Z"), ("pwdAccountLockedTime", "20251128015959Z"),
        ])
    func locked(value: (String, String)) throws { #expect(try bar([value]) == .locked(isPasswordProven: true)) }

    @Test(
        "wants a new password",
        arguments: [
            ("msDS-User-Account-Control-Computed", "8388608"), ("pwdLastSet", "0"), ("pwdReset", "TRUE"),
        ])
    func newPassword(value: (String, String)) throws {
        #expect(try bar([value]) == .newPassword(page: Contact("https://password.example.com/")))
    }

    @Test(
        "is an error where it cannot be understood, with the key that passes it over",
        arguments: [
            ("accountExpires", "never"), ("userAccountControl", ""), ("shadowExpire", "9223372036854775808"),
            ("pwdEndTime", "2025-11-28"), ("pwdEndTime", "20251328020000Z"), ("pwdEndTime", "20251128020000"),
            ("pwdEndTime", "20251128020000.Z"), ("pwdEndTime", "Z"), ("krbPrincipalExpiration", "20251128020000+0100"),
        ])
    func senseless(value: (String, String)) throws {
        let failure = #expect(throws: LDAPFailure.self) { try bar([value]) }
        #expect(failure?.reason.contains("the person's \(value.0)") == true)
        #expect(failure?.reason.contains("account_state = false") == true)
    }

    @Test("tells one password from the next, and nothing where the directory does not")
    func credential() throws {
        #expect(try state([("userAccountControl", "512")]).credential() == nil)
        let first = try #require(try state([("pwdLastSet", "1")]).credential())
        #expect(try state([("pwdLastSet", "1"), ("userAccountControl", "514")]).credential() == first)
        for other in [
            ("pwdLastSet", "2"), ("pwdChangedTime", "19700101000000.001Z"), ("krbLastPwdChange", "19700101000000.001Z"),
        ] {
            #expect(try state([other]).credential() != first)
        }
    }

    @Test("takes a server that is behind the others for no change of the password")
    func behind() throws {
        let newest = try #require(try state([("pwdLastSet", "134087688010000000")]).credential())
        let older = state([("pwdLastSet", "134087688000000000")])
        #expect(try older.credential(after: newest) == newest)
        #expect(try older.credential() != newest)
        #expect(try older.credential(after: nil) == older.credential())
        let newer = state([("pwdLastSet", "134087688020000000")])
        #expect(try newer.credential(after: newest) == newer.credential())
        #expect(try newer.credential() != newest)
        #expect(try state([("pwdLastSet", "0")]).credential(after: newest) != newest)
        // Times of another kind are not compared.
        let other = state([("pwdChangedTime", "20251128020000Z")])
        #expect(try other.credential(after: newest) == other.credential())
        // Nor is a server, or somebody who asks it, that does not see the time.
        #expect(try state([]).credential(after: newest) == newest)
        #expect(try state([]).credential(after: nil) == nil)
    }

    @Test("takes a password that nobody looks at any more for the same one")
    func unread() throws {
        var settings = LDAPSettings(urls: [], base: "dc=x")
        let user = UserReference(backend: "ldap", id: "1")
        let known = Identity(user: user, name: "x", credential: Octets16(high: 1, low: 7), typed: "x")
        var entry = LDAPEntry(name: Array("cn=x".utf8))
        entry.add("pwdLastSet", Array("8".utf8))
        for readsAccountState in [true, false] {
            settings.readsAccountState = readsAccountState
            let directory = LDAPDirectory(settings: settings, backend: "ldap")
            let later = known.with(credential: try directory.credential(entry, after: known))
            #expect(known.keepsPassword(in: later) != readsAccountState)
            #expect(try (directory.credential(entry) != nil) == readsAccountState)
        }
    }

    @Test(
        "writes times of the calendar",
        arguments: [
            ("19700101000000Z", 0), ("20000229235959Z", 951_868_799), ("20251128020000Z", 1_764_295_200),
            ("20251128020000,0009Z", 1_764_295_200), ("202511280200Z", 1_764_295_200),
            ("16010101000000Z", -11_644_473_600), ("000001010000Z", -62_167_219_200),
            ("99991231235959Z", 253_402_300_799),
        ] as [(String, Int64)])
    func calendar(text: String, seconds: Int64) {
        #expect(AccountTime.generalized(Array(text.utf8)) == Timestamp(milliseconds: seconds * 1_000))
    }
}

@Suite("What directories say to a bind")
struct LDAPBindAnswerTests {
    @Test(
        "Active Directory, beside \"invalid credentials\"",
        arguments: [
            ("52e", .wrong), ("525", .wrong), ("530", .barred(.restricted)), ("531", .barred(.restricted)),
            ("532", .barred(.newPassword)), ("533", .barred(.disabled)), ("701", .barred(.expired)),
            ("773", .barred(.newPassword)), ("775", .barred(.locked)), ("5330", .wrong), ("", .wrong),
        ] as [(String, LDAPBindAnswer)])
    func activeDirectory(code: String, answer: LDAPBindAnswer) {
        let text = "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data \(code), v4563\u{0}"
        #expect(LDAPBindAnswer(activeDirectory: Array(text.utf8)) == answer)
        #expect(LDAPBindAnswer(activeDirectory: Array("data \(code), v4563".utf8)) == .wrong)
    }

    @Test("a password policy, which says of locks what it says without a look at the password")
    func policy() {
        #expect(LDAPBindAnswer(policyError: 2, isSuccess: true) == .barred(.newPassword))
        #expect(LDAPBindAnswer(policyError: 0, isSuccess: false) == .barred(.newPassword))
        #expect(LDAPBindAnswer(policyError: 1, isSuccess: false) == .barred(.locked))
        for code in [-1, 3, 4, 5, 6, 7, 8, 99] { #expect(LDAPBindAnswer(policyError: code, isSuccess: false) == nil) }
        #expect(LDAPBindAnswer(policyError: -1, isSuccess: true) == nil)
        for (text, isAbout) in [("NDS error: log ACCOUNT expired (-220)", true), ("operation restricted", false)] {
            #expect(LDAPBindAnswer.isAboutAccount(Array(text.utf8)) == isAbout)
        }
        #expect(LDAPBindAnswer.Reason.locked.account(passwordPage: nil).isPasswordProven == false)
        #expect(LDAPBindAnswer.Reason.disabled.account(passwordPage: nil).isPasswordProven)
    }
}
