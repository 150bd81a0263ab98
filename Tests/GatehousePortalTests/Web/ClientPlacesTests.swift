import GatehouseCore
import GatehouseTestSupport
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import GatehousePortal

@Suite("The places of one client's forms")
struct ClientPlacesTests {
    private func client(_ text: String) throws -> ClientAddress { .known(try #require(IPAddress(text))) }

    @Test("are limited by address and by block of IPv6 addresses, and free again after the work")
    func limited() async throws {
        let places = ClientPlaces(most: 2)
        let gate = Mutexed(false)
        let started = Mutexed(0)
        func hold(_ client: ClientAddress) async -> Int? {
            await places.with(client) {
                started.change { $0 += 1 }
                _ = await eventually(within: .seconds(60)) { gate.value }
                return 1
            }
        }
        let (one, other) = (try client("192.0.2.1"), try client("192.0.2.2"))
        let (first, second) = (try client("2001:db8::1"), try client("2001:db8::2"))
        let results = await withTaskGroup(of: Int?.self) { group in
            for client in [one, one, first, second] { group.addTask { await hold(client) } }
            #expect(await eventually(within: .seconds(60)) { started.value == 4 })
            #expect(await places.with(one) { 2 } == nil)
            #expect(await places.with(first) { 2 } == nil)
            #expect(await places.with(other) { 2 } == 2)
            #expect(await places.with(.unknown) { 2 } == 2)
            gate.change { $0 = true }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == [1, 1, 1, 1])
        #expect(await places.with(one) { 2 } == 2)
    }

    /// A body that does not come until it may.
    private struct LateBody: AsyncSequence, AsyncIteratorProtocol {
        let begun: Mutexed<Int>
        let mayEnd: Mutexed<Bool>

        func makeAsyncIterator() -> LateBody { self }

        func next() async throws -> ByteBuffer? {
            begun.change { $0 += 1 }
            _ = await eventually(within: .seconds(120)) { mayEnd.value }
            return nil
        }
    }

    @Test("are those of forms whose body does not come; beyond them a page says to come back, to that client alone")
    func portal() async throws {
        let portal = try PortalFixture()
        let (begun, mayEnd) = (Mutexed(0), Mutexed(false))
        @Sendable func send(_ address: String, _ body: RequestBody) async throws -> Answer {
            var fields = HTTPFields()
            for (name, value) in [
                ("Origin", portal.origin), ("Content-Type", "application/x-www-form-urlencoded"),
                ("X-Forwarded-For", address),
            ] {
                fields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
            }
            let head = HTTPRequest(
                method: .post, scheme: nil, authority: "auth.example.com", path: "/login", headerFields: fields)
            return try await Answer(
                await portal.portal.answer(
                    Request(head: head, body: body), from: PortalContext(peer: nil, isUnixSocket: true)))
        }
        let empty = RequestBody(buffer: ByteBuffer())
        let held = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    let body = RequestBody(asyncSequence: LateBody(begun: begun, mayEnd: mayEnd))
                    return try await send("203.0.113.1", body).status
                }
            }
            #expect(await eventually(within: .seconds(60)) { begun.value == 64 })
            let beyond = try await send("203.0.113.1", empty)
            #expect(beyond.status == 503 && beyond.header("Retry-After") == "5")
            #expect(beyond.body.contains("Too much at once"))
            #expect(try await send("203.0.113.2", empty).status != 503)
            #expect(try await portal.send(path: "/login", [("X-Forwarded-For", "203.0.113.1")]).status == 200)
            mayEnd.change { $0 = true }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(held.count == 64 && !held.contains(503))
        #expect(try await send("203.0.113.1", empty).status != 503)
    }
}
