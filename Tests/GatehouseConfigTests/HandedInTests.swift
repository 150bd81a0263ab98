@testable internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("Files that a container was handed in")
struct HandedInTests {
    private static let mounts = """
        22 1 0:21 / / ro,relatime shared:1 - overlay overlay rw,lowerdir=/l
        23 22 0:22 / /data rw - ext4 /dev/vda rw
        24 22 254:1 /home/a/admin /run/secrets/admin ro,nosuid - ext4 /dev/vda rw
        25 22 0:30 / /run/kube ro - tmpfs tmpfs rw
        26 22 0:31 / /run/memory rw - tmpfs tmpfs rw
        27 22 254:1 / /nix/store ro - ext4 /dev/vda rw
        28 22 254:1 / /run/with\\040blank ro - ext4 /dev/vda rw
        29 22 254:1 / /twice ro - tmpfs tmpfs rw
        30 29 254:1 / /twice rw - ext4 /dev/vda rw
        31 22 0:40 / /run ro shared:9 - tmpfs tmpfs rw
        broken line

        """

    @Test(
        "are mounts of their own, or lie in memory, and cannot be written",
        arguments: [
            ("/run/secrets/admin", true), ("/run/kube/..2026/admin", true), ("/run/with blank", true),
            // What systemd shows read-only to a confined service lies there for everybody.
            ("/run/secret", false), ("/run/gatehouse/secret", false),
            // The image, a volume, memory that can be written, a store of packages that everybody reads, what hides the first.
            ("/etc/secret", false), ("/data/keys/lookup", false), ("/run/memory/x", false),
            ("/nix/store/x/secret", false),
            ("/twice/x", false), ("/run/kubelet/x", false), ("", false),
        ])
    func kinds(path: String, isHandedIn: Bool) {
        #expect(HandedIn.isMount(holding: Array(path.utf8), mounts: Array(Self.mounts.utf8)) == isHandedIn)
    }
}

@Suite("The first administrator in the environment")
struct FirstAdministratorVariablesTests {
    let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    @Test("is a name and a file, or nothing")
    func pairs() throws {
        #expect(try FirstAdministratorVariables([:]) == nil)
        #expect(
            try FirstAdministratorVariables(["GATEHOUSE_ADMIN_NAME": "", "GATEHOUSE_ADMIN_PASSWORD_FILE": ""]) == nil)
        for variable in ["GATEHOUSE_ADMIN_NAME", "GATEHOUSE_ADMIN_PASSWORD_FILE"] {
            let problems = #expect(throws: ConfigProblems.self) { try FirstAdministratorVariables([variable: "x"]) }
            #expect(problems?.description.hasPrefix("\(variable): needs GATEHOUSE_ADMIN_") == true)
        }
    }

    @Test("has the password of the file's first line, which nobody else may read")
    func password() throws {
        func read(_ text: String, mode: Int = 0o600) throws -> [UInt8] {
            let path = try fixture.write(text, to: "password", mode: mode)
            let variables = try FirstAdministratorVariables([
                "GATEHOUSE_ADMIN_NAME": "root", "GATEHOUSE_ADMIN_PASSWORD_FILE": path,
            ])
            return try #require(variables).password().octets
        }
        #expect(try read("a long way\r\nsecond\n") == Array("a long way".utf8))
        #expect(try read("a long way") == Array("a long way".utf8))
        for (text, mode, words) in [("x", 0o644, "has mode 0644"), ("\n", 0o600, "refers to an empty secret")] {
            let problems = #expect(throws: ConfigProblems.self) { try read(text, mode: mode) }
            #expect(problems?.description.hasPrefix("GATEHOUSE_ADMIN_PASSWORD_FILE: ") == true)
            #expect(problems?.description.contains(words) == true, "\(problems.debugDescription)")
        }
    }
}
