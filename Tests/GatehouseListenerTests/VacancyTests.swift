import Foundation
import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseListener

@Suite("Whether an address could be listened on")
struct VacancyTests {
    private let loopback: IPAddress
    private let folder: TemporaryFolder

    init() throws {
        loopback = try #require(IPAddress("127.0.0.1"))
        folder = try TemporaryFolder()
    }

    @Test("is known without taking it")
    func addresses() throws {
        let port = try FreePort.any()
        let address = ListenAddress.tcp(host: loopback, port: port)
        #expect(ListeningSocket.vacancy(of: address) == .free)
        let socket = try ListeningSocket(address, key: "test")
        #expect(ListeningSocket.vacancy(of: address) == .taken)
        socket.close()
        #expect(ListeningSocket.vacancy(of: address) == .free)
        let foreign = try #require(IPAddress("192.0.2.1"))
        #expect(
            ListeningSocket.vacancy(of: .tcp(host: foreign, port: port))
                == .impossible(reason: "Cannot assign requested address"))
    }

    @Test("is known of the file of a Unix socket, which is left as it is")
    func files() throws {
        let path = folder.file("s")
        let address = ListenAddress.unix(path: path)
        #expect(ListeningSocket.vacancy(of: address) == .free)
        #expect(!FileManager.default.fileExists(atPath: path))
        let socket = try ListeningSocket(address, key: "test")
        #expect(ListeningSocket.vacancy(of: address) == .taken)
        socket.close()
        // An earlier run left it.
        #expect(ListeningSocket.vacancy(of: address) == .free)
        #expect(FileManager.default.fileExists(atPath: path))
        try folder.write("", to: "file")
        for (name, words) in [("file", "no socket"), ("nowhere/s", "No such file or directory")] {
            let vacancy = ListeningSocket.vacancy(of: .unix(path: folder.file(name)))
            guard case .impossible(let reason) = vacancy, reason.contains(words) else {
                Issue.record("\(name): \(vacancy)")
                continue
            }
        }
    }
}
