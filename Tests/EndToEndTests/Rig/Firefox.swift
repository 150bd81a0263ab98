internal import Foundation
internal import GatehouseTestSupport
internal import Synchronization

/// A headless Firefox, driven over Marionette: the protocol under geckodriver, which Debian does not have.
final class Firefox: DrivenBrowser {
    private let folder: TemporaryFolder
    private let process: ChildProcess
    private let connection: Mutex<Connection>

    /// Messages are `length:[0, id, command, parameters]`, and answers `length:[1, id, error, result]`.
    private struct Connection {
        let socket: LocalSocket
        var bytes: [UInt8] = []
        var id = 0

        mutating func message() throws -> [UInt8] {
            while true {
                if let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
                    let length = Int(String(decoding: bytes[..<colon], as: UTF8.self)),
                    bytes.count > colon + length
                {
                    defer { bytes.removeFirst(colon + 1 + length) }
                    return Array(bytes[(colon + 1)..<(colon + 1 + length)])
                }
                let more = try socket.receive()
                guard !more.isEmpty else { throw Stack.Failure(description: "Firefox closed the connection") }
                bytes += more
            }
        }
    }

    static func start() async throws -> Firefox {
        let folder = try TemporaryFolder()
        let port = try FreePort.any()
        try FileManager.default.createDirectory(atPath: folder.file("profile"), withIntermediateDirectories: true)
        try folder.write(
            """
            user_pref("marionette.port", \(port));
            user_pref("browser.shell.checkDefaultBrowser", false);
            user_pref("browser.startup.page", 0);
            user_pref("datareporting.policy.dataSubmissionEnabled", false);
            user_pref("app.update.enabled", false);
            user_pref("network.captive-portal-service.enabled", false);
            user_pref("network.connectivity-service.enabled", false);

            """, to: "profile/user.js")
        let environment = Tools.environment.merging(["HOME": folder.path, "MOZ_HEADLESS": "1"]) { $1 }
        let process = try Server.start(
            "firefox-esr",
            ["--headless", "--marionette", "--no-remote", "--profile", folder.file("profile")],
            environment: environment, output: folder.file("firefox.log"))
        let isUp = await eventually(within: .seconds(60)) { (try? LocalSocket(.tcp(port: port))) != nil }
        guard isUp else {
            Server.stop(process)
            throw Stack.Failure(description: "Firefox does not start")
        }
        return try Firefox(folder: folder, process: process, port: port)
    }

    private init(folder: TemporaryFolder, process: ChildProcess, port: UInt16) throws {
        self.folder = folder
        self.process = process
        connection = Mutex(Connection(socket: try LocalSocket(.tcp(port: port), seconds: 60)))
        _ = try connection.withLock { try $0.message() }
        try command("WebDriver:NewSession")
    }

    func stop() { Server.stop(process) }

    func open(_ address: String) throws { try command("WebDriver:Navigate", ["url": address]) }
    var address: String { get throws { try text(of: try command("WebDriver:GetCurrentURL")) } }
    var title: String { get throws { try text(of: try command("WebDriver:GetTitle")) } }

    func text(_ selector: String) throws -> String {
        try text(of: try command("WebDriver:GetElementText", ["id": try element(selector)]))
    }

    func exists(_ selector: String) -> Bool { (try? element(selector)) != nil }

    func type(_ text: String, into selector: String) throws {
        try command("WebDriver:ElementSendKeys", ["id": try element(selector), "text": text])
    }

    func click(_ selector: String) throws {
        try command("WebDriver:ElementClick", ["id": try element(selector)])
    }

    private func element(_ selector: String) throws -> String {
        let result = try command("WebDriver:FindElement", ["using": "css selector", "value": selector])
        guard let id = (result["value"] as? [String: String])?.values.first else {
            throw Stack.Failure(description: "no element \(selector)")
        }
        return id
    }

    @discardableResult
    private func command(_ name: String, _ parameters: [String: String] = [:]) throws -> [String: Any] {
        let answer = try connection.withLock { connection in
            connection.id += 1
            let message = try JSONSerialization.data(
                withJSONObject: [0, connection.id, name, parameters] as [Any])
            try connection.socket.send(Array("\(message.count):".utf8) + message)
            return try connection.message()
        }
        let parts = try JSONSerialization.jsonObject(with: Data(answer)) as? [Any] ?? []
        guard parts.count == 4, parts[2] is NSNull else {
            throw Stack.Failure(description: "\(name): \(String(decoding: answer.prefix(400), as: UTF8.self))")
        }
        return parts[3] as? [String: Any] ?? [:]
    }

    private func text(of result: [String: Any]) throws -> String {
        guard let text = result["value"] as? String else { throw Stack.Failure(description: "not a text: \(result)") }
        return text
    }
}
