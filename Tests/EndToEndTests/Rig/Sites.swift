internal import Foundation
internal import GatehouseTestSupport

extension Stack {
    /// An application behind the proxy.
    enum Site: Sendable {
        /// The demo of the quick start, which shows the headers that arrive.
        case echo
        /// The same on hypercorn, which speaks HTTP/2 in clear text and WebSockets.
        case hypercorn
        /// A program of the test's own, in Python, that takes `--port`.
        case script(String)
        /// Answers with the octets that arrived.
        case raw
    }
}

extension Stack.Site {
    func start(in folder: TemporaryFolder, port: UInt16) throws -> ChildProcess {
        switch self {
        case .echo:
            return try Server.start(
                "python3", [Repository.file("deploy/demo/echo.py"), "--port", "\(port)"],
                output: folder.file("application.log"))
        case .script(let text):
            return try Server.start(
                "python3", [try folder.write(text, to: "application.py"), "--port", "\(port)"],
                output: folder.file("application.log"))
        case .raw:
            return try Server.start(
                "python3", ["\(Hypercorn.sites)/raw.py", "\(port)"], output: folder.file("application.log"))
        case .hypercorn:
            guard let hypercorn = Hypercorn.program else {
                throw Stack.Failure(description: "TEST_HYPERCORN is not set")
            }
            return try Server.start(
                hypercorn, ["shown:app", "--bind", "127.0.0.1:\(port)"],
                environment: Tools.environment.merging(["PYTHONPATH": Hypercorn.sites, "PYTHONDONTWRITEBYTECODE": "1"])
                { $1 },
                output: folder.file("application.log"))
        }
    }
}

/// An ASGI server, from the place that `TEST_HYPERCORN` names.
enum Hypercorn {
    static var program: String? { ProcessInfo.processInfo.environment["TEST_HYPERCORN"] }
    static let sites = Repository.file("Tests/EndToEndTests/Hypercorn")
}
