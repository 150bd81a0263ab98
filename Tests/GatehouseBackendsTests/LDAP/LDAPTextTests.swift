import GatehouseCore
import Testing

@testable import GatehouseBackends

@Suite("Names, filters and values of directories")
struct LDAPTextTests {
    @Test("give groups their names from the names of entries")
    func memberOf() {
        #expect(
            LDAPText.firstValue(of: Array("CN=Domain Admins,CN=Users,DC=example".utf8)) == Array("Domain Admins".utf8))
        #expect(LDAPText.firstValue(of: Array("cn=a\\2Cb\\,c,dc=x".utf8)) == Array("a,b,c".utf8))
        #expect(LDAPText.firstValue(of: Array("cn=,dc=x".utf8)) == nil)
        #expect(LDAPText.firstValue(of: Array("nothing".utf8)) == nil)
    }

    @Test("hold what somebody typed, escaped where that is possible")
    func typed() {
        #expect(LDAPText.condition("objectGUID", [0, 0x41, 0xFF]) == "(objectGUID=\\00A\\ff)")
        #expect(LDAPText.bindName("cn={name},dc=x", Array("a,b+c=d".utf8)) == "cn=a\\2cb\\2bc\\3dd,dc=x")
        // Active Directory's other names: nothing is escaped, so what could mean something is nobody.
        #expect(LDAPText.bindName("{name}@example.com", Array("o'brien-ü".utf8)) == "o'brien-ü@example.com")
        #expect(LDAPText.bindName("EXAMPLE\\{name}", Array("alice".utf8)) == "EXAMPLE\\alice")
        for name in ["alice@example.com", "alice@EXAMPLE.com"] {
            #expect(LDAPText.bindName("{name}@example.com", Array(name.utf8)) == "alice@example.com")
            #expect(LDAPText.bindName("EXAMPLE\\{name}", Array(name.utf8)) == nil)
        }
        for name in ["@example.com", "alice@", "a@b@example.com", "alice@example.com.", "a b@example.com"] {
            #expect(LDAPText.bindName("{name}@example.com", Array(name.utf8)) == nil, "\(name)")
        }
        for name in ["alice@other.example", "OTHER\\alice", "a b", "a\u{7F}", "a\n"] {
            #expect(LDAPText.bindName("{name}@example.com", Array(name.utf8)) == nil, "\(name)")
        }
    }

    @Test("can ask the same of everybody, whatever was typed")
    func anybody() {
        let cases = [
            "(uid={name})": "(objectClass=*)",
            "(&(objectClass=person)(uid={name}))": "(&(objectClass=person)(objectClass=*))",
            "(&(|(uid={name})(mail={name}@x))(memberOf=cn=a,dc=b)(!(shadowExpire=1)))":
                "(&(|(objectClass=*)(objectClass=*))(memberOf=cn=a,dc=b)(!(shadowExpire=1)))",
            "(uid=a\\28{name}\\29)": "(objectClass=*)",
            "(objectClass=person)": "(objectClass=person)",
        ]
        for (filter, expected) in cases { #expect(LDAPText.filterForAnybody(filter) == expected) }
    }

    @Test("are not taken for whole if a server says that they are a part")
    func ranges() {
        var entry = LDAPEntry(name: [])
        entry.add("memberOf;range=0-*", Array("cn=a".utf8))
        entry.add("cn;lang-en", Array("b".utf8))
        #expect(entry.partial == nil && entry["MEMBEROF"].count == 1 && entry["cn"].count == 1)
        entry.add("memberOf;Range=0-1499", Array("cn=a".utf8))
        #expect(entry.partial?.attribute == "memberof" && entry.partial?.next == 1_500)
        entry.add("memberOf;range=0-99999999999999999999", Array("cn=a".utf8))
        #expect(entry.partial == nil)
    }

    @Test("have no password among a server's words, whole or cut off, and nothing that moves a cursor")
    func words() {
        #expect(LDAPText.words(Array("no: secret".utf8), without: Array("secret".utf8)) == "")
        #expect(LDAPText.words(Array("no: secr".utf8), without: Array("secret".utf8)) == "")
        #expect(LDAPText.words(Array("busy\u{1B}[1m\r\n".utf8), without: Array("secret".utf8)) == "busy [1m  ")
        #expect(LDAPText.words([0xFF], without: []) == "")
    }
}
