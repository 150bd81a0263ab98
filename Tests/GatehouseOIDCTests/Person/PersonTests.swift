import GatehouseCore
import GatehouseFormats
import Testing

@testable import GatehouseOIDC

/// Claims as a test writes them.
func claims(_ token: String, userinfo: String? = nil, sub: UTF8Text = "1") throws -> PersonClaims {
    let subject = ExternalSubject(issuer: "https://id.example", subject: sub)
    let claims = PersonClaims(subject: subject, claims: try JSONValue(parsing: Array(token.utf8)))
    return try userinfo.map { try claims.joined(withUserinfo: Array($0.utf8)) } ?? claims
}

@Suite("Claims of the ID token and of userinfo")
struct PersonClaimsTests {
    @Test("are joined, and the ID token's count")
    func joined() throws {
        let both = try claims(
            "{\"sub\":\"1\",\"name\":\"Alice\",\"email\":null,\"roles\":{\"a\":[]}}",
            userinfo:
                "{\"sub\":\"1\",\"name\":\"Mallory\",\"email\":\"m@example.com\",\"groups\":[\"a\"],\"roles\":{\"b\":[]}}"
        )
        #expect(both[["name"]]?.text == "Alice")
        // A null of the ID token is no claim that userinfo could replace.
        #expect(both[["email"]] == nil)
        #expect(both[["groups"]] == .array([.string("a")]))
        #expect(both[["roles", "a"]] == .array([]))
        #expect(both[["roles", "b"]] == nil)
        #expect(both[["missing"]] == nil && both[[]] == nil && both[["name", "x"]] == nil)
    }

    @Test(
        "are refused if userinfo speaks of somebody else",
        arguments: [
            "{\"sub\":\"2\"}", "{\"name\":\"Alice\"}", "{\"sub\":1}", "{\"sub\":null}", "{\"sub\":\"1 \"}", "[]", "",
            "null",
            "{\"sub\":\"1\",\"sub\":\"1\"}", "\"1\"", "{\"sub\":\"\"}",
        ])
    func otherSubject(userinfo: String) {
        #expect(refusal { try claims("{\"sub\":\"1\"}", userinfo: userinfo) } == .userinfo)
    }
}

@Suite("What claims say of a person")
struct ClaimMappingTests {
    private func person(_ token: String, _ mapping: ClaimMapping = ClaimMapping(), text: Bool = false) throws
        -> ExternalPerson
    {
        mapping.person(of: try claims(token), provider: "keycloak", takesTextAsVerified: text)
    }

    @Test("is taken from the usual claims")
    func usual() throws {
        let person = try person(
            "{\"preferred_username\":\"alice\",\"email\":\"Alice@Example.COM\",\"email_verified\":true,\"name\":\"Alice A.\","
                + "\"groups\":[\"a\",\"b\"],\"picture\":\"https://evil.example\"}")
        #expect(
            person
                == ExternalPerson(
                    subject: ExternalSubject(issuer: "https://id.example", subject: "1"), name: "alice",
                    email: "Alice@example.com", isEmailVerified: true, displayName: "Alice A.", groups: ["a", "b"],
                    hasGroupsClaim: true))
        #expect(
            try self.person("{}")
                == ExternalPerson(
                    subject: person.subject, name: nil, email: nil, isEmailVerified: false, displayName: "", groups: [],
                    hasGroupsClaim: false))
    }

    @Test("is taken from paths, and names with dots and colons are no paths")
    func paths() throws {
        let token =
            "{\"realm_access\":{\"roles\":[\"r\"]},\"https://example.com/roles\":[\"u\"],\"a.b\":[\"d\"],\"a\":{\"b\":[\"p\"]}}"
        for (path, group) in [
            (["realm_access", "roles"], "r"), (["https://example.com/roles"], "u"), (["a.b"], "d"), (["a", "b"], "p"),
        ] as [(ClaimMapping.Path, GroupName)] {
            #expect(try person(token, ClaimMapping(groups: path)).groups == [group])
        }
        #expect(try !person(token, ClaimMapping(groups: ["realm_access.roles"])).hasGroupsClaim)
    }

    @Test("has the groups of a list, of one text, or of an object's names")
    func groups() throws {
        func groups(_ value: String, separator: UTF8Text? = nil) throws -> [GroupName] {
            try person("{\"groups\":\(value)}", ClaimMapping(groupsSeparator: separator)).groups
        }
        #expect(try groups("[\"a\",1,null,\"\",{\"b\":1},[\"c\"],true,\"a b,c\",\"a\"]") == ["a", "a b,c"])
        #expect(try groups("\"a b,c\"") == ["a b,c"])
        #expect(try groups("\"a,,b\"", separator: ",") == ["a", "b"])
        #expect(try groups("\"a, b\"", separator: ", ") == ["a", "b"])
        #expect(try groups("\"a,b\"", separator: "") == ["a,b"])
        #expect(try groups("[\"a,b\"]", separator: ",") == ["a,b"])
        #expect(try groups("{\"admin\":{\"1\":\"org\"},\"viewer\":null}") == ["admin", "viewer"])
        #expect(try groups("7") == [] && groups("null") == [] && groups("\"\"") == [])
        #expect(try groups("[\"\\u0000\",\"a\\nb\",\"\\u202ea\",\"ä\"]") == ["ä"])
        let long = String(repeating: "g", count: 255)
        #expect(try groups("[\"\(long)\",\"\(long)g\"]").count == 1)
        let many = (0..<1_001).map { "\"g\($0)\"" }.joined(separator: ",")
        #expect(try groups("[\(many)]").count == 1_000)
        #expect(try !person("{\"groups\":null}").hasGroupsClaim && person("{\"groups\":[]}").hasGroupsClaim)
    }

    @Test("has a verified address only by a JSON true")
    func verified() throws {
        func isVerified(_ value: String?, text: Bool = false) throws -> Bool {
            let member = value.map { ",\"email_verified\":\($0)" } ?? ""
            return try person("{\"email\":\"a@example.com\"\(member)}", text: text).isEmailVerified
        }
        #expect(try isVerified("true"))
        for value in [nil, "false", "\"true\"", "1", "null", "[true]", "\"yes\""] { #expect(try !isVerified(value)) }
        #expect(try isVerified("\"true\"", text: true) && isVerified("true", text: true))
        for value in [nil, "false", "\"false\"", "\"True\"", "1"] { #expect(try !isVerified(value, text: true)) }
        #expect(try !person("{\"email\":\"nonsense\",\"email_verified\":true}").isEmailVerified)
    }

    @Test(
        "has no address that is none",
        arguments: [
            "a", "@", "a@", "@example.com", "a@b@example.com", "a b@example.com", "a@exam ple.com", "a@example.com\\n",
            "\\u0000@example.com",
            "\\u202ea@example.com", "a\\u00a0@example.com", "a@example.com\\u2028", "a\\u0085@example.com",
        ])
    func noAddress(text: String) throws { #expect(try person("{\"email\":\"\(text)\"}").email == nil) }

    @Test("has an address of at most 254 octets")
    func longAddress() throws {
        let local = String(repeating: "a", count: 242)
        #expect(try person("{\"email\":\"\(local)@example.com\"}").email != nil)
        #expect(try person("{\"email\":\"a\(local)@example.com\"}").email == nil)
    }

    /// U+212A is the sign for Kelvin, which case folding makes a `k`; U+0131 is a dotless i.
    @Test("folds nothing but ASCII letters of the domain")
    func folding() throws {
        #expect(try person("{\"email\":\"a@\u{212A}.example\"}").email == "a@\u{212A}.example")
        #expect(try person("{\"email\":\"a@\u{130}\u{131}.EXAMPLE\"}").email == "a@\u{130}\u{131}.example")
        #expect(try person("{\"email\":\"A@EXAMPLE.com\"}").email == "A@example.com")
    }

    @Test(
        "has a name that can be shown, or none",
        arguments: [
            "\"\"", "1", "null", "\"a\\u0000\"", "\"a\\nb\"", "\"a\\r\"", "\"\\u202ea\"", "\"\\u2066a\"",
            "\"\\u200fa\"", "\"\\u061ca\"",
            "\"\\u0085\"", "\"\\u2028\"", "\"\\u2029\"", "\"\\u007f\"", "[\"a\"]", "true",
        ])
    func noName(value: String) throws {
        #expect(try person("{\"preferred_username\":\(value)}").name == nil)
        #expect(
            try person(
                "{\"preferred_username\":\(value)}",
                ClaimMapping(nameTemplate: NameTemplate(parsing: "{preferred_username}@x"))
            ).name
                == nil)
    }

    @Test("has the display name, or given and family name")
    func displayName() throws {
        #expect(try person("{\"given_name\":\"A\",\"family_name\":\"B\"}").displayName == "A B")
        #expect(try person("{\"name\":\"\",\"given_name\":\"A\"}").displayName == "A")
        #expect(try person("{\"name\":\"N\",\"given_name\":\"A\"}").displayName == "N")
        #expect(try person("{\"name\":1,\"family_name\":\"B\"}").displayName == "B")
        #expect(try person("{\"name\":\"a\\u202eb\"}").displayName == "")
        #expect(try person("{\"name\":\"\(String(repeating: "n", count: 1_024))\"}").displayName.bytes.count == 1_024)
        #expect(try person("{\"name\":\"\(String(repeating: "n", count: 1_025))\"}").displayName == "")
    }

    @Test("asks userinfo for what is missing")
    func lacks() throws {
        let whole =
            "\"preferred_username\":\"a\",\"email\":\"a@b.c\",\"email_verified\":false,\"name\":\"A\",\"groups\":[]"
        let mapping = ClaimMapping()
        let everyone = Admission(isForEveryone: true)
        #expect(try !mapping.lacks(claims("{\(whole)}"), for: everyone))
        for name in ["preferred_username", "email", "email_verified", "name", "groups"] {
            #expect(try mapping.lacks(claims("{\(whole.replacing("\"\(name)\"", with: "\"x\""))}"), for: everyone))
        }
        #expect(try mapping.lacks(claims("{\(whole)}"), for: Admission(claims: [(["dept"], ["it"])])))
        let template = ClaimMapping(name: ["unused"], nameTemplate: NameTemplate(parsing: "{nick}@{provider}"))
        #expect(try template.lacks(claims("{\(whole)}"), for: everyone))
        #expect(try !template.lacks(claims("{\(whole),\"nick\":\"n\"}"), for: everyone))
    }
}

@Suite("How names are made of claims")
struct NameTemplateTests {
    @Test(
        "is refused if it cannot be read, or is the same for everybody",
        arguments: [
            "", "a", "{", "}", "{}", "{a", "a}", "{a}}", "{{a}}", "{provider}", "x{provider}y", "{a}{", "{a{b}}",
            "{a{b}",
        ] as [UTF8Text])
    func wrong(text: UTF8Text) { #expect(NameTemplate(parsing: text) == nil) }

    @Test("is no address that nobody verified: anybody can write somebody else's")
    func address() throws {
        for (isVerified, name) in [("true", "a@b.c" as UTF8Text?), ("false", nil), ("\"true\"", nil)] {
            let claims = try claims("{\"email\":\"a@b.c\",\"email_verified\":\(isVerified)}")
            #expect(ClaimMapping(name: ["email"]).person(of: claims, provider: "p").name == name)
            #expect(
                ClaimMapping(nameTemplate: NameTemplate(parsing: "{email}")).person(of: claims, provider: "p").name
                    == name)
        }
        let claims = try claims("{\"email\":\"a@b.c\",\"preferred_username\":\"a\"}")
        #expect(ClaimMapping().person(of: claims, provider: "p").name == "a")
    }

    @Test("puts claims and the provider into a text")
    func made() throws {
        let claims = try claims("{\"preferred_username\":\"al{provider}ice\",\"https://x/a\":\"b\",\"n\":1,\"e\":\"\"}")
        func name(_ template: UTF8Text) throws -> UTF8Text? {
            try #require(NameTemplate(parsing: template)).name(from: claims, provider: "keycloak")
        }
        #expect(try name("{preferred_username}@{provider}") == "al{provider}ice@keycloak")
        #expect(try name("x-{https://x/a}") == "x-b")
        #expect(try name("ä{https://x/a}ö") == "äbö")
        #expect(try name("{n}") == nil && name("{e}") == nil && name("{missing}") == nil)
        #expect(NameTemplate(parsing: "{a}-{b}@{provider}")?.claims == ["a", "b"])
    }
}
