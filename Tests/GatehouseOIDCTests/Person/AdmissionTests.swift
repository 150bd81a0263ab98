import GatehouseCore
import Testing

@testable import GatehouseOIDC

@Suite("Who may come in")
struct AdmissionTests {
    private func verdict(
        _ admission: Admission, _ token: String, hostedDomain: ClaimMapping.Path? = nil, sub: UTF8Text = "1"
    ) throws -> AdmissionVerdict {
        let claims = try claims(token, sub: sub)
        return admission.verdict(
            on: ClaimMapping().person(of: claims, provider: "p"), claims: claims, hostedDomain: hostedDomain,
            groupsClaim: "groups")
    }

    private let verified = "{\"email\":\"Alice@Example.com\",\"email_verified\":true,\"groups\":[\"staff\",\"b\"]}"

    @Test("is nobody without a list, unless everybody is said")
    func everyone() throws {
        #expect(try verdict(Admission(), verified) == .refused(list: "allow"))
        #expect(try verdict(Admission(isForEveryone: true), "{}") == .admitted)
        #expect(try verdict(Admission(subjects: ["2"], isForEveryone: true), "{}") == .refused(list: "subjects"))
    }

    @Test("is whose verified address is of a whole domain")
    func domains() throws {
        let admission = Admission(domains: ["example.com", "example.org"])
        #expect(try verdict(admission, verified) == .admitted)
        for address in [
            "a@sub.example.com", "a@notexample.com", "a@example.com.evil", "a@example.co", "a@\u{212A}.example",
            "a@examp\u{4E}\u{301}e.com",
        ] {
            #expect(
                try verdict(admission, "{\"email\":\"\(address)\",\"email_verified\":true}")
                    == .refused(list: "domains"))
        }
        #expect(try verdict(admission, "{}") == .missing(claim: "email"))
        #expect(
            try verdict(admission, "{\"email\":\"example.com\",\"email_verified\":true}") == .missing(claim: "email"))
        for flag in ["", ",\"email_verified\":false", ",\"email_verified\":\"true\"", ",\"email_verified\":1"] {
            #expect(try verdict(admission, "{\"email\":\"a@example.com\"\(flag)}") == .missing(claim: "email_verified"))
        }
        #expect(
            try verdict(Admission(domains: ["k.example"]), "{\"email\":\"a@\u{212A}.example\",\"email_verified\":true}")
                == .refused(list: "domains"))
    }

    @Test("is whose organisation has the domain, whatever the address, where the provider says so")
    func hostedDomain() throws {
        let admission = Admission(domains: ["example.com"])
        #expect(try verdict(admission, verified, hostedDomain: ["hd"]) == .missing(claim: "hd"))
        #expect(
            try verdict(
                admission, "{\"email\":\"a@example.com\",\"email_verified\":true,\"hd\":\"other.example\"}",
                hostedDomain: ["hd"])
                == .refused(list: "domains"))
        #expect(try verdict(admission, "{\"hd\":\"Example.com\"}", hostedDomain: ["hd"]) == .admitted)
        #expect(try verdict(admission, "{\"hd\":true}", hostedDomain: ["hd"]) == .missing(claim: "hd"))
    }

    @Test("is whose verified address is named")
    func emails() throws {
        let admission = Admission(emails: ["Alice@example.com"])
        #expect(try verdict(admission, verified) == .admitted)
        #expect(
            try verdict(admission, "{\"email\":\"alice@example.com\",\"email_verified\":true}")
                == .refused(list: "emails"))
        #expect(try verdict(admission, "{\"email\":\"Alice@example.com\"}") == .missing(claim: "email_verified"))
        #expect(try verdict(admission, "{}") == .missing(claim: "email"))
    }

    @Test("is who is in a group, or is named")
    func groupsAndSubjects() throws {
        #expect(try verdict(Admission(groups: ["staff", "x"]), verified) == .admitted)
        #expect(try verdict(Admission(groups: ["Staff"]), verified) == .refused(list: "groups"))
        #expect(try verdict(Admission(groups: ["staff"]), "{}") == .missing(claim: "groups"))
        #expect(try verdict(Admission(groups: ["staff"]), "{\"groups\":[]}") == .refused(list: "groups"))
        #expect(try verdict(Admission(subjects: ["1", "2"]), "{}") == .admitted)
        #expect(try verdict(Admission(subjects: ["1"]), "{}", sub: "01") == .refused(list: "subjects"))
    }

    @Test("is who has a claim")
    func claim() throws {
        let admission = Admission(claims: [(["org", "unit"], ["it", "true"])])
        #expect(try verdict(admission, "{\"org\":{\"unit\":\"it\"}}") == .admitted)
        #expect(try verdict(admission, "{\"org\":{\"unit\":[\"hr\",\"it\",1]}}") == .admitted)
        #expect(try verdict(admission, "{\"org\":{\"unit\":true}}") == .admitted)
        #expect(try verdict(Admission(claims: [(["a"], ["false"])]), "{\"a\":false}") == .admitted)
        for value in ["\"IT\"", "[\"hr\"]", "[]", "false", "1", "{\"it\":1}"] {
            #expect(try verdict(admission, "{\"org\":{\"unit\":\(value)}}") == .refused(list: "org → unit"))
        }
        #expect(try verdict(admission, "{\"org.unit\":\"it\"}") == .missing(claim: "org → unit"))
    }

    @Test("is who is on every list that there is")
    func all() throws {
        let whole = Admission(
            domains: ["example.com"], emails: ["Alice@example.com"], groups: ["staff"], subjects: ["1"],
            claims: [(["email"], ["Alice@Example.com"])])
        #expect(try verdict(whole, verified) == .admitted)
        #expect(
            try verdict(Admission(domains: ["other.example"], groups: ["staff"]), verified) == .refused(list: "domains")
        )
        #expect(try verdict(Admission(domains: ["example.com"], groups: ["x"]), verified) == .refused(list: "groups"))
        #expect(
            try verdict(Admission(emails: ["x@example.com"], groups: ["staff"]), verified) == .refused(list: "emails"))
        #expect(try verdict(Admission(groups: ["staff"], subjects: ["x"]), verified) == .refused(list: "subjects"))
        #expect(
            try verdict(Admission(groups: ["staff"], claims: [(["email"], ["x"])]), verified) == .refused(list: "email")
        )
    }
}
