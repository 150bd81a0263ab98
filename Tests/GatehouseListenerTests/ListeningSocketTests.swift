import Foundation
import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseListener

@Suite("Sockets that are listened on")
struct ListeningSocketTests {
    private let loopback: IPAddress

    init() throws { loopback = try #require(IPAddress("127.0.0.1")) }

    @Test("take connections before anybody answers")
    func early() throws {
        let folder = try TemporaryFolder()
        let port = try FreePort.any()
        let sockets = try ListeningSocket.openAll([
            ("portal.listen", .tcp(host: loopback, port: port)), ("admin.listen", .unix(path: folder.file("s"))),
        ])
        defer { for socket in sockets { socket.close() } }
        _ = try LocalSocket(.tcp(port: port), seconds: 5)
        _ = try LocalSocket(.unix(path: folder.file("s")), seconds: 5)
        let mode = try FileManager.default.attributesOfItem(atPath: folder.file("s"))[.posixPermissions]
        #expect(mode as? Int == 0o660)
    }

    @Test("are all opened or none, and every address that cannot be is named with its key")
    func together() throws {
        let folder = try TemporaryFolder()
        let (taken, free) = (try FreePort.any(), try FreePort.any())
        let other = try ListeningSocket(.tcp(host: loopback, port: taken), key: "test")
        defer { other.close() }
        do {
            _ = try ListeningSocket.openAll([
                ("check.listen", .tcp(host: loopback, port: free)),
                ("portal.listen", .tcp(host: loopback, port: taken)),
                ("admin.listen", .unix(path: folder.file("none/s"))),
            ])
            Issue.record("opened")
        } catch {
            let lines = error.description.split(separator: "\n")
            try #require(lines.count == 2)
            #expect(lines[0].hasPrefix("portal.listen: cannot listen on 127.0.0.1:\(taken): Address already in use"))
            #expect(lines[1].contains("admin.listen") && lines[1].contains("No such file or directory"))
        }
        #expect(throws: LocalSocket.Failure.self) { try LocalSocket(.tcp(port: free), seconds: 1) }
    }

    @Test("leave the socket file of a daemon that runs")
    func live() throws {
        let folder = try TemporaryFolder()
        let running = try ListeningSocket(.unix(path: folder.file("s")), key: "test")
        defer { running.close() }
        do {
            try ListeningSocket(.unix(path: folder.file("s")), key: "check.listen").close()
            Issue.record("opened twice")
        } catch {
            #expect(error.description.contains("Address already in use"))
        }
        _ = try LocalSocket(.unix(path: folder.file("s")), seconds: 5)
    }

    @Test("replace the socket file of an earlier run, and nothing else")
    func leftovers() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("s")
        try ListeningSocket(.unix(path: path), key: "test").close()
        try ListeningSocket(.unix(path: path), key: "test").close()
        try FileManager.default.removeItem(atPath: path)
        try folder.write("precious", to: "s")
        #expect(throws: CannotListen.self) { try ListeningSocket(.unix(path: path), key: "test") }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder.file("elsewhere"))
        #expect(throws: CannotListen.self) { try ListeningSocket(.unix(path: path), key: "test") }
    }
}
