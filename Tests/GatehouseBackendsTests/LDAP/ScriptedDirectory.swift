import Foundation
import GatehouseTestSupport

/// A directory that says what a test wants, in Python: what is answered to a bind of `name` with `password`, and to a search.
///
/// `message(id, …)`, `result(tag, code, text, controls)`, `entry(name, attributes)`, `notice()` and `POLICY` are at hand; whoever
/// returns `None` closes the connection. `asked` counts the binds and searches of all connections.
struct ScriptedDirectory {
    var bind = "result(0x61)"
    var search = "entry(b'uid=alice,dc=x', ALICE) + result(0x65)"
    var more = ""

    /// Reading and writing LDAP's messages.
    private static let messages = """
        def ber(tag, body):
            size = len(body)
            length = bytes([size]) if size < 128 else bytes([0x84]) + size.to_bytes(4, "big")
            return bytes([tag]) + length + body

        def parts(body):
            while body:
                size, head = body[1], 2
                if size >= 128:
                    head = 2 + size - 128
                    size = int.from_bytes(body[2:head], "big")
                yield body[0], body[head:head + size]
                body = body[head + size:]

        def result(tag, code=0, text=b"", controls=b""):
            operation = ber(tag, ber(10, bytes([code])) + ber(4, b"") + ber(4, text))
            return [(operation, ber(0xA0, controls) if controls else b"")]

        POLICY = ber(0x30, ber(4, b"1.3.6.1.4.1.42.2.27.8.5.1") + ber(4, ber(0x30, ber(0x81, bytes([1])))))
        ALICE = {b"uid": [b"alice"], b"cn": [b"Alice"], b"entryUUID": [b"7"]}

        def entry(name, attributes):
            lists = [ber(0x30, ber(4, key) + ber(0x31, b"".join(ber(4, value) for value in values)))
                     for key, values in attributes.items()]
            return [(ber(0x64, ber(4, name) + ber(0x30, b"".join(lists))), b"")]

        def notice():
            return ber(0x30, ber(2, bytes(1)) + ber(0x78, ber(10, bytes([52])) + ber(4, b"") + ber(4, b"")
                + ber(0x8A, b"1.3.6.1.4.1.1466.20036")))
        """

    func start() async throws -> HostileServer {
        try await HostileServer(
            """
            asked = {"bind": 0, "search": 0, "connections": 0}

            \(ScriptedDirectory.messages)

            def on_bind(name, password, number):
                return \(bind)

            def on_search(base, attributes, number):
                return \(search)

            def after_search(connection, number):
                pass

            \(more)

            def serve(connection):
                asked["connections"] += 1
                stream = connection.makefile("rb")
                while True:
                    head = stream.read(2)
                    if len(head) < 2:
                        return
                    size = head[1]
                    if size >= 128:
                        size = int.from_bytes(stream.read(size - 128), "big")
                    (_, id), (tag, body) = list(parts(stream.read(size)))[:2]
                    fields = list(parts(body))
                    if tag == 0x60:
                        asked["bind"] += 1
                        answers = on_bind(fields[1][1], fields[2][1], asked["bind"])
                    elif tag == 0x63:
                        asked["search"] += 1
                        answers = on_search(fields[0][1], [value for _, value in parts(fields[7][1])], asked["search"])
                    else:
                        return
                    if answers is None:
                        return
                    if isinstance(answers, bytes):
                        connection.sendall(answers)
                        continue
                    for operation, controls in answers:
                        connection.sendall(ber(0x30, ber(2, id) + operation + controls))
                    if tag == 0x63:
                        after_search(connection, asked["search"])
            """)
    }
}
