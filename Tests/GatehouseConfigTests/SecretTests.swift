internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("Secrets")
struct SecretTests {
    let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    private func keys(_ lookup: String, seal: String = "file:keys/seal") -> String {
        ConfigFixture.minimal(["keys": "lookup = \"\(lookup)\"\nseal = \"\(seal)\""])
    }

    @Test("never show in text, nor in a dump of the configuration")
    func redacted() throws {
        let secret = SecretOctets(Array("swordfish".utf8))
        #expect("\(secret)" == "<redacted>")
        #expect(String(reflecting: secret) == "<redacted>")
        let configuration = try fixture.load(
            ConfigFixture.minimal(["sessions": "store = \"redis://:swordfish@localhost\""]))
        var text = ""
        dump(configuration, to: &text)
        #expect(!text.contains("swordfish"))
        var alone = ""
        dump(secret, to: &alone)
        #expect(!alone.contains("115"), "the octets of the password")
        #expect(!"\(configuration)".contains("swordfish"))
    }

    @Test("come from files, from the environment and from systemd's credentials")
    func sources() throws {
        let expected = Array(repeating: UInt8(0x4F), count: 32)
        let absolute = try fixture.load(keys("file:\(fixture.folder)/keys/lookup"))
        #expect(absolute.keys.lookup.octets == expected)
        let variable = try fixture.load(keys("env:LOOKUP"), environment: ["LOOKUP": ConfigFixture.lookupKey])
        #expect(variable.keys.lookup.octets == expected)
        let credential = try fixture.load(
            keys("credential:lookup"), environment: ["CREDENTIALS_DIRECTORY": "\(fixture.folder)/keys"])
        #expect(credential.keys.lookup.octets == expected)
    }

    @Test(
        "in a file that others can read are refused with the command that helps",
        arguments: [0o644, 0o640, 0o604, 0o660])
    func mode(mode: Int) throws {
        let path = try fixture.write(ConfigFixture.lookupKey, to: "keys/open", mode: mode)
        let problems = try fixture.problems(keys("file:keys/open"))
        #expect(problems.count == 1)
        #expect(problems.first?.contains("has mode 0\(String(mode, radix: 8))") == true)
        #expect(problems.first?.hasSuffix("run: chmod 600 \(path)") == true)
    }

    @Test("that are written into the file itself are refused and not repeated")
    func inline() throws {
        for value in ["swordfish", "sword:fish", "file:"] {
            let problems = try fixture.problems(keys(value))
            #expect(problems.count == 1)
            #expect(problems.first?.contains("must be a reference, \"file:PATH\"") == true)
            #expect(problems.first?.contains("fish") == false)
        }
        let password = try fixture.problems(ConfigFixture.minimal(["sessions": "password = \"swordfish\""]))
        #expect(password.first?.contains("sessions.password: must be a reference") == true)
        #expect(!password.description.contains("swordfish"))
    }

    @Test(
        "that cannot be found are named",
        arguments: [
            ("file:keys/none", "keys/none cannot be read: No such file or directory"),
            ("file:keys", "keys cannot be read: is not a regular file"),
            ("env:NONE", "the environment variable \"NONE\" is not set"),
            ("credential:none", "CREDENTIALS_DIRECTORY is not set"),
        ])
    func absent(reference: String, words: String) throws {
        let problems = try fixture.problems(keys(reference))
        #expect(problems.count == 1)
        #expect(problems.first?.contains(words) == true, "\(problems)")
    }

    @Test("of systemd cannot leave their folder")
    func credentialName() throws {
        for name in ["../lookup", "..", "a/b"] {
            let problems = try fixture.problems(
                keys("credential:\(name)"), environment: ["CREDENTIALS_DIRECTORY": "\(fixture.folder)/keys"])
            #expect(problems.first?.contains("without a slash") == true)
        }
    }

    @Test(
        "that are no lookup key are refused",
        arguments: [
            ("", "refers to an empty secret"), ("\n\n", "refers to an empty secret"),
            (String(repeating: "ab", count: 31), "must have at least 32 octets, has 31"),
            (String(repeating: "Z", count: 41) + "A", "must have at least 32 octets, has 31"),
            (String(repeating: "/", count: 44), "hexadecimal digits or base64url"),
            (String(repeating: "ab", count: 32) + "\n" + String(repeating: "ab", count: 32), "one line of"),
        ])
    func lookup(text: String, words: String) throws {
        try fixture.write(text, to: "keys/lookup")
        let problems = try fixture.problems(keys("file:keys/lookup"))
        #expect(problems.count == 1)
        #expect(problems.first?.contains(words) == true, "\(problems)")
    }

    @Test("for looking up are read from hexadecimal and from base64url")
    func lookupForms() throws {
        try fixture.write(String(repeating: "A", count: 43) + "\r\n", to: "keys/lookup")
        #expect(try fixture.load(keys("file:keys/lookup")).keys.lookup.octets == Array(repeating: 0, count: 32))
        try fixture.write(String(repeating: "fF", count: 40), to: "keys/lookup")
        #expect(try fixture.load(keys("file:keys/lookup")).keys.lookup.octets == Array(repeating: 255, count: 40))
    }

    @Test("for sealing are a ring in which the first one writes")
    func ring() throws {
        let key = String(repeating: "A", count: 43)
        try fixture.write("7:\(key)\n\n255:\(key)\n1:\(key)\n", to: "keys/seal")
        #expect(try fixture.load(ConfigFixture.minimal()).keys.seal.map(\.id) == [7, 255, 1])
    }

    @Test(
        "that are no ring are refused, without showing a key",
        arguments: [
            ("KEY", "line 1 of the ring"), ("0:KEY", "an id from 1 to 255"), ("256:KEY", "an id from 1 to 255"),
            ("+1:KEY", "an id from 1 to 255"), ("1:KEYA", "must have a key of 32 octets"),
            ("1:KEY\n1:KEY", "line 2 of the ring \"file:keys/seal\" repeats the id 1"), ("1:", "a key of 32 octets"),
        ])
    func brokenRing(text: String, words: String) throws {
        let key = String(repeating: "A", count: 43)
        try fixture.write(
            text.split(separator: "KEY", omittingEmptySubsequences: false).joined(separator: key), to: "keys/seal")
        let problems = try fixture.problems(ConfigFixture.minimal())
        #expect(problems.count == 1)
        #expect(problems.first?.contains(words) == true, "\(problems)")
        #expect(!problems.description.contains("AAAA"))
    }
}
