import Foundation
import GatehouseBackends
import GatehouseCore
import GatehouseCrypto
import GatehouseTestSupport
import Glibc
import Testing

@Suite("The command backend, with real programs")
struct CommandBackendTests {
    private static let alice =
        """
        printf '%s' '{"result":"authenticated","user":{"id":"alice","name":"alice","groups":["staff"]}}'

        """
    private static let notMine = "printf '%s' '{\"result\":\"not-mine\"}'\n"

    private let fixture: CommandFixture

    init() throws { fixture = try CommandFixture() }

    private func ask(_ backend: CommandBackend) async throws(BackendError) -> AuthenticationResult {
        try await backend.authenticate(Credentials(name: "alice", password: Password("secret")))
    }

    /// Whether a process of this number is there, zombies included.
    private func exists(_ text: String?) -> Bool {
        guard let pid = text.flatMap({ Int32($0.prefix { $0.isNumber }) }) else { return false }
        return kill(pid, 0) == 0
    }

    @Test("passes the conformance suite with the example program")
    func conformance() async throws {
        // "secret" under scrypt with N = 16384, r = 8, p = 1 and the salt of sixteen "s".
        let hash = "c3Nzc3Nzc3Nzc3Nzc3Nzcw==$kB6qkaenaEUG1bZzg31dzWYPW9PAUdxCOl4r/5CmOMk="
        let people = try fixture.folder.write("{\"alice\": {\"hash\": \"\(hash)\"}}", to: "people.json")
        let program = CommandFixture.repository().appendingPathComponent("deploy/examples/command-backend").path
        let backend = fixture.backend("/usr/bin/python3", [program, people])
        try await BackendCheck(backend, name: "alice", password: "secret").run()
        let stranger = UserReference(backend: "command", id: "bob")
        #expect(try await backend.identity(of: stranger, known: nil) == nil)
    }

    @Test(
        "gets an answer from a program that reads nothing, or closes its input at once",
        arguments: ["", "exec 0<&-\n", "exec 0<&-; sleep 0.1\n"])
    func unread(first: String) async throws {
        let backend = try fixture.shell(first + Self.alice)
        // More than a pipe holds: writing it meets a closed one.
        let name = UTF8Text(String(repeating: "x", count: 300_000))
        let long = Credentials(name: name, password: Password("secret"))
        for _ in 0..<5 {
            guard case .authenticated(let alice) = try await backend.authenticate(long) else {
                Issue.record("alice was not let in")
                return
            }
            #expect(alice.groups == ["staff"])
        }
    }

    @Test("tells no, refusal, gone and unsupported apart, and takes no answer to the other question")
    func answers() async throws {
        let known = Identity(user: UserReference(backend: "command", id: "alice"), name: "alice")
        func say(_ result: String) throws -> CommandBackend {
            try fixture.shell("printf '%s' '{\"result\":\"\(result)\"}'")
        }
        #expect(try await ask(say("not-mine")) == .notMine)
        #expect(try await ask(say("refused")) == .refused)
        #expect(try await say("gone").identity(of: known.user, known: known) == nil)
        #expect(try await say("unsupported").identity(of: known.user, known: known) == known)
        for (result, known) in [("unsupported", nil), ("not-mine", known), ("refused", known)] {
            await #expect(throws: BackendError.self) {
                try await say(result).identity(of: UserReference(backend: "command", id: "alice"), known: known)
            }
        }
        for result in ["gone", "unsupported"] {
            let backend = try say(result)
            #expect(await fixture.reason(backend) != nil)
        }
        let other = UserReference(backend: "command", id: "bob")
        let backend = try fixture.shell(Self.alice)
        await #expect(throws: BackendError.self) {
            try await backend.identity(of: other, known: nil)
        }
    }

    @Test("gives the program nothing but its question: no variables, descriptors, folder or arguments of ours")
    func surroundings() async throws {
        unsafe setenv("GH_TEST_HANDED_ON", "yes", 1)
        unsafe setenv("GH_TEST_KEPT", "secret", 1)
        let folder = fixture.folder
        let script = """
            cat > \(folder.file("question"))
            env > \(folder.file("variables"))
            pwd > \(folder.file("place"))
            ls /proc/self/fd > \(folder.file("descriptors"))
            tr '\\0' ' ' < /proc/$$/cmdline > \(folder.file("arguments"))
            grep -E 'SigBlk|SigIgn' /proc/self/status > \(folder.file("signals"))
            echo $$ "$(ps -o pgid= -p $$ 2>/dev/null || cut -d' ' -f5 /proc/$$/stat)" > \(folder.file("group"))

            """
        let backend = try fixture.shell(script + Self.notMine, environment: ["GH_TEST_HANDED_ON", "GH_TEST_MISSING"])
        #expect(try await ask(backend) == .notMine)
        #expect(fixture.contents("question")?.contains("\"secret\"") == true)
        let lines = fixture.contents("variables")?.split(separator: "\n") ?? []
        let variables = Set(lines.compactMap { $0.split(separator: "=").first })
        #expect(variables.isSubset(of: ["PATH", "LANG", "GH_TEST_HANDED_ON", "PWD", "OLDPWD", "SHLVL", "_"]))
        #expect(variables.isSuperset(of: ["PATH", "LANG", "GH_TEST_HANDED_ON"]))
        #expect(fixture.contents("place") == "/\n")
        // The fourth one is that of `ls` itself.
        #expect(fixture.contents("descriptors") == "0\n1\n2\n3\n")
        #expect(fixture.contents("arguments")?.contains("secret") == false)
        // Glibc ignores 32 and 33, its own two, in whatever it spawns.
        let masks = fixture.contents("signals")?.split(whereSeparator: \.isWhitespace).compactMap {
            UInt64($0, radix: 16)
        }
        #expect(masks?.count == 2 && masks?.allSatisfy { $0 & ~0x1_8000_0000 == 0 } == true)
        let group = fixture.contents("group")?.split(whereSeparator: \.isWhitespace) ?? []
        #expect(group.count == 2 && group.first == group.last)
    }

    @Test("cannot find out from a program that is missing, a folder, not executable, or writable by everybody")
    func start() async throws {
        let folder = fixture.folder
        let text = "#!/bin/sh\n" + Self.alice
        for path in [
            "/nowhere/program", folder.path, try folder.write(text, to: "mode", permissions: 0o600),
            try folder.write(text, to: "open", permissions: 0o702), "sh", "",
            try folder.write("\u{7F}ELF", to: "broken", permissions: 0o700),
        ] {
            #expect(await fixture.reason(fixture.backend(path)) != nil, "\(path)")
        }
    }

    @Test(
        "cannot find out from a program that fails, dies, or says too much or nonsense",
        arguments: [
            ("exit 3", "code 3"), ("kill -9 $$", "signal 9"), ("kill -11 $$", "signal 11"), ("", "not understood"),
            ("echo nonsense", "not understood"), ("head -c 65537 /dev/zero", "65536 octets"),
            ("yes", "65536 octets"), ("echo '\u{1B}[31mno\u{202E}' >&2; exit 1", "code 1: \\x1b[31mno\\xe2\\x80\\xae"),
        ])
    func failures(script: String, expected: String) async throws {
        let reason = try #require(await fixture.reason(try fixture.shell(script)))
        #expect(reason.contains(expected), "\(reason)")
    }

    @Test("keeps 4 KiB of what a program complains about, and drops the rest without waiting")
    func complaint() async throws {
        let backend = try fixture.shell("head -c 1000000 /dev/zero | tr '\\0' e >&2; exit 1")
        let reason = try #require(await fixture.reason(backend))
        #expect(reason.utf8.count < 4_096 + 100 && reason.hasSuffix("eeee"))
    }

    @Test(
        "kills a program that hangs at the deadline, with all it started",
        arguments: ["", "exec 1>&- 2>&-\n", "trap '' TERM HUP INT\n"])
    func hangs(first: String) async throws {
        let script =
            first + "sleep 60 & echo $! > \(fixture.folder.file("child")); echo $$ > \(fixture.folder.file("own"));wait"
        let backend = try fixture.shell(script, timeout: .milliseconds(700))
        let begin = ContinuousClock.now
        #expect(await fixture.reason(backend)?.contains("no answer in time") == true)
        #expect(ContinuousClock.now - begin < .seconds(10))
        #expect(fixture.contents("own") != nil)
        #expect(await eventually { !exists(fixture.contents("own")) })
        #expect(await eventually { isOver(fixture.contents("child")) })
    }

    @Test("does not wait for a child that keeps the output open, and leaves it not behind")
    func child() async throws {
        let backend = try fixture.shell("sleep 60 & echo $! > \(fixture.folder.file("child"))\n" + Self.alice)
        guard case .authenticated = try await ask(backend) else {
            Issue.record("alice was not let in")
            return
        }
        #expect(await eventually { isOver(fixture.contents("child")) })
    }

    @Test("answers many at once and loses none")
    func many() async throws {
        let backend = try fixture.shell(Self.alice, workers: 4)
        let count = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 {
                group.addTask { if case .authenticated = try await ask(backend) { true } else { false } }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(count == 40)
    }

    /// Whether a process ended; one that nobody waits for may stay as a zombie where process 1 does not.
    private func isOver(_ text: String?) -> Bool {
        guard let text, let pid = text.split(whereSeparator: \.isWhitespace).first else { return false }
        let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        return stat.map { $0.contains(") Z ") || $0.contains(") X ") } ?? true
    }
}
