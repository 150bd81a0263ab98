internal import Foundation

/// Changes to entries while the server runs, as its administrator makes them.
extension LDAPServer {
    /// Gives an attribute other values, or none.
    package func set(_ attribute: String, of name: String, to values: [String]) throws {
        let log = try TemporaryFolder()
        let change = try ChildProcess(
            "/usr/bin/python3",
            [
                "-c", LDAPServer.modify, "\(port)", LDAPServer.administrator, LDAPServer.password, name, attribute,
            ] + values, output: log.file("log"))
        guard change.waitForExit() == 0 else {
            throw Failure(description: (try? String(contentsOfFile: log.file("log"), encoding: .utf8)) ?? "")
        }
    }

    /// A bind and a modification (RFC 4511, section 4.6), octet by octet.
    private static let modify = """
        import socket, sys

        def ber(tag, body):
            size = len(body)
            return bytes([tag]) + (bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")) + body

        port, binder, password, name, attribute, *values = [argument.encode() for argument in sys.argv[1:]]
        server = socket.create_connection(("127.0.0.1", int(port)))
        values = ber(0x31, b"".join(ber(4, value) for value in values))
        change = ber(0x30, ber(10, bytes([2])) + ber(0x30, ber(4, attribute) + values))
        operations = [
            ber(0x60, ber(2, bytes([3])) + ber(4, binder) + ber(0x80, password)),
            ber(0x66, ber(4, name) + ber(0x30, change)),
        ]
        for id, operation in enumerate(operations, 1):
            server.sendall(ber(0x30, ber(2, bytes([id])) + operation))
            answer = server.recv(65536)
            # The sequence, the id, and the operation begin with two octets each; then there is the code.
            if answer[9] != 0:
                sys.exit("%r" % answer)
        """
}
