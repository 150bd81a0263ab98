import GatehouseCore
import Testing

@testable import GatehouseBackends

@Suite("The parts of a filter")
struct LDAPFilterTests {
    @Test("are read and written")
    func parts() {
        for text in [
            "(cn=a)", "(&(cn=a)(|(b=*)(!(c=d))))", "(&)", "(cn=a\\28b\\29)", "(member:1.2.840.113556.1.4.1941:={dn})",
        ] {
            #expect(LDAPFilter(text)?.text == text)
        }
        #expect(LDAPFilter(" ( & (a=b) (c=d) ) ")?.text == "(&(a=b)(c=d))")
        let deep = String(repeating: "(!", count: 100) + "(a=b)" + String(repeating: ")", count: 100)
        for text in ["", "cn=a", "(cn=a", "(cn=a))", "()", "(cn)", "(&(a=b)", "(!(a=b)(c=d))", deep] {
            #expect(LDAPFilter(text) == nil, "\(text)")
        }
    }

    @Test("say what is asked of every group, whoever is in it")
    func everybody() {
        let cases = [
            LDAPSettings.standardGroupFilter: LDAPFilter.always(true).text,
            "(&(objectClass=group)(member={dn}))": "(&(objectClass=group))",
            "(&(member={dn})(|(cn=app-*)(cn=web-*)))": "(&(|(cn=app-*)(cn=web-*)))",
            "(|(member={dn})(cn=everybody))": LDAPFilter.always(true).text,
            "(&(member={dn})(!(cn=hidden)))": "(&(!(cn=hidden)))",
            "(&(member={dn})(!(excluded={dn})))": LDAPFilter.always(true).text,
            "(&(cn=app)(!(|(excluded={dn})(cn=b))))": "(&(cn=app)(!(|(cn=b))))",
            "(&(cn=app)(!(&(excluded={dn})(cn=b))))": "(&(cn=app))",
        ]
        for (filter, asked) in cases {
            #expect(LDAPFilter(filter)?.without(["{dn}", "{name}"]).text == asked, "\(filter)")
        }
    }

    @Test("say what makes somebody a member")
    func memberships() {
        #expect(
            LDAPFilter(LDAPSettings.standardGroupFilter)?.conditions(with: ["{dn}", "{name}"])
                == ["(member={dn})", "(uniqueMember={dn})", "(memberUid={name})"])
        #expect(
            LDAPFilter("(&(roleOccupant={dn})(cn=a)(!(excluded={dn})))")?.conditions(with: ["{dn}"])
                == ["(roleOccupant={dn})"])
    }

    @Test("and the ids of Active Directory are those of their neighbours but for a number")
    func securityID() throws {
        let octets: [UInt8] = [
            1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x50, 4, 0, 0,
        ]
        let person = try #require(LDAPSecurityID(octets))
        #expect(person.description == "S-1-5-21-67305985-134678021-202050057-1104")
        #expect(person.sibling(513)?.description == "S-1-5-21-67305985-134678021-202050057-513")
        for octets: [UInt8] in [[], [1], Array(octets.dropLast()), [2] + octets.dropFirst(), [1, 0, 0, 0, 0, 0, 0, 5]] {
            #expect(LDAPSecurityID(octets) == nil)
        }
    }
}
