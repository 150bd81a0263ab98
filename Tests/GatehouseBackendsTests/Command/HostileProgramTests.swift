import Foundation
import GatehouseBackends
import GatehouseTestSupport
import Testing

@Suite("A hostile program", .serialized)
struct HostileProgramTests {
    private let fixture: CommandFixture

    init() throws { fixture = try CommandFixture() }

    @Test(
        "is an outage that takes little memory, also where several people sign in at once",
        arguments: [
            ("lines without end", "exec yes", "65536 octets"),
            ("a line of a GiB", "exec head -c 1073741824 /dev/zero", "65536 octets"),
            ("complaints without end", "exec yes >&2", "no answer in time"),
            ("a complaint of a GiB, and a failure", "head -c 1073741824 /dev/zero >&2; exit 1", ""),
            ("both at once", "yes >&2 & exec yes", "65536 octets"),
            ("a drop at a time", "while :; do printf x; sleep 0.01; done", "no answer in time"),
            ("lists in lists", "head -c 65000 /dev/zero | tr '\\0' '['", "not understood"),
            (
                "children that keep the output", "for i in 1 2 3 4 5 6 7 8; do yes >&2 & sleep 600 & done",
                "not understood"
            ),
            ("children that go on", "for i in 1 2 3 4 5 6 7 8; do sleep 600 & done; wait", "no answer in time"),
        ])
    func hostile(kind: String, script: String, expected: String) async throws {
        let backend = try fixture.shell(script, timeout: .seconds(2), workers: 4)
        let growth = await OwnMemory.peakGrowth {
            await withTaskGroup(of: String?.self) { group in
                for _ in 0..<4 { group.addTask { await fixture.reason(backend) } }
                for await reason in group {
                    #expect(
                        reason.map { expected.isEmpty || $0.contains(expected) } == true,
                        "\(kind): \(reason ?? "an answer")")
                }
            }
        }
        #expect(growth < 50, "MiB")
    }
}
