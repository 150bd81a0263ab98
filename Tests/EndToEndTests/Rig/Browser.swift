internal import Foundation
internal import GatehouseTestSupport
internal import Glibc

/// A headless Chromium, driven by chromedriver over WebDriver.
final class Browser: DrivenBrowser {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// What the person's browser does not do as most do.
    struct Habits: Sendable {
        /// Most of the portal has to work for people who turned scripts off.
        var runsScripts = false
        var keepsCookies = true
    }

    /// How big the window is and what the person prefers.
    struct Look: Sendable, CaseIterable {
        let name: String
        let width: Int
        let height: Int
        let isPhone: Bool
        let isDark: Bool

        static let desktop = Look(name: "desktop-light", width: 1_280, height: 860, isPhone: false, isDark: false)
        static let dark = Look(name: "desktop-dark", width: 1_280, height: 860, isPhone: false, isDark: true)
        static let phone = Look(name: "phone", width: 390, height: 844, isPhone: true, isDark: false)
        static let allCases = [desktop, dark, phone]
    }

    private let folder: TemporaryFolder
    private let driver: ChildProcess
    private let port: UInt16
    private let session: String

    static func start(_ habits: Habits = Habits()) async throws -> Browser {
        let folder = try TemporaryFolder()
        let port = try FreePort.any()
        let driver = try Server.start(
            "chromedriver", ["--port=\(port)"], environment: ["HOME": folder.path],
            output: folder.file("chromedriver.log"))
        let isUp = await eventually(within: .seconds(20)) {
            (try? Exchange.get("/status", host: "localhost:\(port)", port: port))?.status == 200
        }
        guard isUp else { throw Failure(description: "chromedriver does not start") }
        return try Browser(folder: folder, driver: driver, port: port, habits)
    }

    private init(folder: TemporaryFolder, driver: ChildProcess, port: UInt16, _ habits: Habits) throws {
        var arguments = [
            "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
            "--disable-background-networking", "--user-data-dir=\(folder.file("profile"))",
            // What a provider's page would fetch from elsewhere.
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
        ]
        // Chromium's sandbox does not work for root.
        if getuid() == 0 { arguments.append("--no-sandbox") }
        var preferences: [String: Int] = [:]
        if !habits.runsScripts { preferences["profile.managed_default_content_settings.javascript"] = 2 }
        if !habits.keepsCookies { preferences["profile.default_content_setting_values.cookies"] = 2 }
        let options: [String: Any] = ["args": arguments, "prefs": preferences]
        let body = ["capabilities": ["alwaysMatch": ["browserName": "chrome", "goog:chromeOptions": options]]]
        let answer = try Browser.send("POST", "/session", body, port: port)
        guard let session = (answer as? [String: Any])?["sessionId"] as? String else {
            throw Failure(description: "chromedriver gave no session")
        }
        self.folder = folder
        self.driver = driver
        self.port = port
        self.session = session
    }

    /// Ends the browser and its driver.
    func stop() {
        _ = try? command("DELETE", "")
        Server.stop(driver)
    }

    // MARK: - Looking

    func open(_ address: String) throws { try command("POST", "/url", ["url": address]) }

    var address: String { get throws { try string(try command("GET", "/url")) } }

    var title: String { get throws { try string(try command("GET", "/title")) } }

    /// The text of the first element, as a person reads it.
    func text(_ selector: String) throws -> String {
        try string(try command("GET", "/element/\(try element(selector))/text"))
    }

    func exists(_ selector: String) -> Bool { (try? element(selector)) != nil }

    /// The text that a script gives; scripts of the test run although the page allows none.
    func script(_ text: String) throws -> String {
        try string(try command("POST", "/execute/sync", ["script": text, "args": [String]()]))
    }

    // MARK: - Doing

    func type(_ text: String, into selector: String) throws {
        try command("POST", "/element/\(try element(selector))/value", ["text": text])
    }

    func click(_ selector: String) throws {
        try command("POST", "/element/\(try element(selector))/click", [String: String]())
    }

    /// Whether there is such a field, and something can be written into it.
    func isEnabled(_ selector: String) -> Bool {
        (try? command("GET", "/element/\(element(selector))/enabled") as? Bool) == true
    }

    /// Writes something in the place of what stands in a field.
    func fill(_ selector: String, with text: String) throws {
        try command("POST", "/element/\(try element(selector))/clear", [String: String]())
        try type(text, into: selector)
    }

    // MARK: - Tabs

    var tab: String { get throws { try string(try command("GET", "/window")) } }

    /// Opens another tab and goes there.
    func openTab() throws {
        let value = try command("POST", "/window/new", ["type": "tab"]) as? [String: Any]
        try show(try string(value?["handle"] as Any))
    }

    func show(_ tab: String) throws { try command("POST", "/window", ["handle": tab]) }

    // MARK: - Cookies

    /// Forgets every cookie of the page's site.
    func forget() throws { try command("DELETE", "/cookie") }

    /// Adds a cookie of this host and path, as a page of it could.
    func addCookie(_ name: String, _ value: String, path: String = "/") throws {
        try command("POST", "/cookie", ["cookie": ["name": name, "value": value, "path": path, "httpOnly": true]])
    }

    /// Forgets the cookies of every site.
    func forgetEverything() throws { try cdp("Network.clearBrowserCookies", [:]) }

    func cookieNames() throws -> [String] {
        (try command("GET", "/cookie") as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
    }

    /// A cookie that the page's address gets, as `name=value`.
    func cookie(_ name: String) throws -> String {
        let value = try command("GET", "/cookie/\(name)") as? [String: Any]
        return "\(name)=\(try string(value?["value"] as Any))"
    }

    // MARK: - Appearance

    func setLook(_ look: Look) throws {
        let scale = look.isPhone ? 2 : 1
        try cdp(
            "Emulation.setDeviceMetricsOverride",
            ["width": look.width, "height": look.height, "deviceScaleFactor": scale, "mobile": look.isPhone])
        try cdp(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": look.isDark ? "dark" : "light"]]])
    }

    /// Keeps pictures of the page in every look in `TEST_SCREENSHOTS`, if that names a folder.
    ///
    /// - Throws: `Failure` if the page is wider than the window in one of them.
    func photograph(_ name: String) throws {
        for look in Look.allCases {
            try setLook(look)
            let overflow = try script(
                "return String(document.documentElement.scrollWidth - document.documentElement.clientWidth)")
            guard overflow == "0" else {
                throw Failure(description: "\(name) is \(overflow) px too wide in \(look.name)")
            }
            let picture = try picture()
            guard picture.count > 2_000 else { throw Failure(description: "\(name): an empty picture") }
            guard let target = ProcessInfo.processInfo.environment["TEST_SCREENSHOTS"] else { continue }
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
            try picture.write(to: URL(fileURLWithPath: "\(target)/\(name)-\(look.name).png"))
        }
        try setLook(.desktop)
    }

    /// The window as it is, as PNG.
    func picture() throws -> Data { Data(base64Encoded: try string(try command("GET", "/screenshot"))) ?? Data() }

    // MARK: - WebDriver

    private func element(_ selector: String) throws -> String {
        let value = try command("POST", "/element", ["using": "css selector", "value": selector])
        guard let id = (value as? [String: String])?.values.first else {
            throw Failure(description: "no element \(selector)")
        }
        return id
    }

    private func cdp(_ name: String, _ parameters: [String: Any]) throws {
        try command("POST", "/goog/cdp/execute", ["cmd": name, "params": parameters])
    }

    @discardableResult
    private func command(_ method: String, _ path: String, _ body: [String: Any]? = nil) throws -> Any {
        try Browser.send(method, "/session/\(session)\(path)", body, port: port)
    }

    private static func send(_ method: String, _ path: String, _ body: [String: Any]?, port: UInt16) throws -> Any {
        let json =
            try body.map { String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self) } ?? ""
        let head = "\(method) \(path) HTTP/1.1\r\nHost: localhost:\(port)\r\nConnection: close\r\n"
        let request = head + "Content-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n\r\n\(json)"
        let answer = try Exchange.raw(request, port: port, seconds: 60)
        let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        guard answer.status == 200, let value = object?["value"] else {
            throw Failure(description: "\(method) \(path): \(answer.text.prefix(600))")
        }
        return value
    }

    private func string(_ value: Any) throws -> String {
        guard let text = value as? String else { throw Failure(description: "not a text: \(value)") }
        return text
    }
}
