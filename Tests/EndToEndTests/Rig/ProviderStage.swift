internal import Foundation
internal import GatehouseTestSupport

/// A stack at which people sign in with real providers, and a browser in front of it.
///
/// Its addresses are chosen first: providers are told of them before anything is there.
final class ProviderStage: Sendable {
    let stack: Stack
    /// In the order of the buttons.
    let providers: [RealProvider]
    let browser: Browser
    private let folder: TemporaryFolder

    /// Starts providers beside each other, then what leads to them.
    ///
    /// - Parameters:
    ///   - kinds: each becomes a provider of the configuration, under its own name.
    ///   - people: who has an account here, and a password.
    ///   - keys: more lines of a provider's table.
    /// - Returns: all of it, ready.
    /// - Throws: what did not start; nothing runs any more then.
    static func start(
        _ kinds: [RealProvider.Kind], people: [Stack.Person] = [.alice],
        keys: (RealProvider.Kind) -> String = { _ in "allow = \"everyone\"" }
    ) async throws -> ProviderStage {
        let ports = try Stack.Ports()
        let portal = "http://localhost:\(ports.proxy)/_gatehouse"
        let providers = try await startAll(kinds, portal)
        do {
            let folder = try TemporaryFolder()
            let secret = try folder.write(RealProvider.clientSecret + "\n", to: "secret")
            var settings = Stack.Settings()
            settings.ports = ports
            settings.tables = providers.map { table(of: $0, secret: secret, keys($0.kind)) }.joined(separator: "\n")
            settings.application = "groups = [\"*\"]"
            settings.rules = """
                  [[application.rule]]
                  paths = ["/public/**"]
                  allow = ["anyone"]
                  [[application.rule]]
                  paths = ["/recent/**"]
                  allow = ["signed-in"]
                  signed_in_within = "\(recent)s"
                  [[application.rule]]
                  allow = ["signed-in"]
                """
            let stack = try await Stack.start(settings: settings, people: people)
            do {
                let browser = try await Browser.start(.init(runsScripts: true))
                return ProviderStage(stack, providers, browser, folder)
            } catch {
                stack.stop()
                throw error
            }
        } catch {
            for provider in providers { provider.stop() }
            throw error
        }
    }

    /// How recent a sign-in has to be for `/recent/`, in seconds: longer than the way back from a provider takes.
    private static let recent = 10

    private init(_ stack: Stack, _ providers: [RealProvider], _ browser: Browser, _ folder: TemporaryFolder) {
        self.stack = stack
        self.providers = providers
        self.browser = browser
        self.folder = folder
    }

    private static func startAll(_ kinds: [RealProvider.Kind], _ portal: String) async throws -> [RealProvider] {
        let started = await withTaskGroup(of: Result<RealProvider, any Error>.self) { group in
            for kind in kinds {
                group.addTask {
                    let own = "\(portal)/oidc/\(kind.rawValue)"
                    do {
                        return .success(
                            try await RealProvider.start(
                                kind, redirectURI: "\(own)/callback", signedOutURI: "\(portal)/logout",
                                backchannelURI: "\(own)/backchannel-logout"))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        do {
            let providers = try started.map { try $0.get() }
            return kinds.compactMap { kind in providers.first { $0.kind == kind } }
        } catch {
            for case .success(let provider) in started { provider.stop() }
            throw error
        }
    }

    private static func table(of provider: RealProvider, secret: String, _ keys: String) -> String {
        """
        [[provider]]
        type = "oidc"
        name = "\(provider.kind.rawValue)"
        title = "\(provider.kind.title)"
        issuer = "\(provider.issuer)"
        client_id = "\(RealProvider.clientID)"
        client_secret = "file:\(secret)"
        \(keys)
        """
    }

    func stop() {
        browser.stop()
        stack.stop()
        for provider in providers { provider.stop() }
    }

    func provider(_ kind: RealProvider.Kind) throws -> RealProvider {
        guard let provider = providers.first(where: { $0.kind == kind }) else {
            throw RealProvider.Failure(description: "\(kind) was not started")
        }
        return provider
    }

    // MARK: - What a person does

    /// The address of a path behind the proxy.
    func address(_ path: String) -> String { "http://\(stack.host)\(path)" }

    /// Opens a page of the application, which nobody sees without signing in, and goes on with a provider's button.
    func choose(_ provider: RealProvider, for path: String = "/headers.json") async throws {
        try browser.open(address(path))
        try await browser.waitForTitle("Sign in · Gatehouse")
        try browser.click("a[href*=\"/oidc/\(provider.kind.rawValue)?\"]")
    }

    /// Signs in with a provider, and arrives at the page that was wanted.
    ///
    /// - Returns: whether the provider asked who that is.
    @discardableResult
    func signIn(_ provider: RealProvider, for path: String = "/headers.json") async throws -> Bool {
        try await choose(provider, for: path)
        return try await comeBack(from: provider, to: path)
    }

    /// Does what a provider asks for, and arrives at a page here.
    @discardableResult
    func comeBack(from provider: RealProvider, to path: String) async throws -> Bool {
        let wanted = address(path)
        let hasAsked = try await comeBack(from: provider) { (try? $0.address) == wanted }
        try await browser.waitForAddress(wanted)
        return hasAsked
    }

    /// Does what a provider asks for, and arrives where `isThere` says.
    ///
    /// On a busy machine a provider may take longer than is waited for: then a person tries again, as the page offers it.
    ///
    /// - Returns: whether the provider asked who that is.
    @discardableResult
    func comeBack(
        from provider: RealProvider, as person: String? = nil, _ isThere: @Sendable (Browser) -> Bool
    ) async throws -> Bool {
        var hasAsked = false
        for _ in 0..<6 {
            let isNew = try await provider.letIn(browser, as: person)
            hasAsked = hasAsked || isNew
            var isLate = false
            let isDone = await eventually(within: .seconds(40)) {
                isLate = (try? browser.text("h1")) == "\(provider.kind.title) does not answer"
                return isThere(browser) || isLate || provider.isShown(in: browser)
            }
            guard isDone else { break }
            if isLate { try browser.click("a.button") } else if isThere(browser) { return hasAsked }
        }
        throw RealProvider.Failure(
            description:
                "did not come back from \(provider.kind): is at \(try browser.address): \(try browser.text("body"))")
    }

    /// Signs in with the form of the same page.
    func signIn(_ person: Stack.Person, for path: String = "/headers.json") async throws {
        try browser.open(address(path))
        try await browser.waitForTitle("Sign in · Gatehouse")
        try browser.signIn(person.name, person.password)
        try await browser.waitForAddress(address(path))
    }

    /// What the application is told by the proxy about whoever opens its page.
    func arrival() async throws -> Arrival {
        try browser.open(address("/headers.json"))
        try await browser.waitForAddress(address("/headers.json"))
        return try Arrival(json: Data(try browser.text("pre").utf8))
    }

    /// Signs out here; the page says so, and stays.
    func signOut() async throws {
        try browser.open(address("/_gatehouse/logout"))
        try await browser.waitForTitle("Sign out · Gatehouse")
        try browser.click("button")
        try await browser.waitForTitle("Signed out · Gatehouse")
    }

    /// Signs out at the provider as well, from the page that tells of it, and comes back if the provider sends anybody back.
    func signOutThere(_ provider: RealProvider) async throws {
        guard try browser.text("main").contains("Also sign out at \(provider.kind.title)") else {
            throw RealProvider.Failure(
                description: "no way to sign out at \(provider.kind): \(try browser.text("main"))")
        }
        try browser.click("a.button")
        let isBack = try await eventually(within: .seconds(60)) {
            if !provider.isLeft(by: browser) { try await provider.letOut(browser) }
            guard !provider.isShown(in: browser) else { return true }
            let words = (try? browser.text("main")) ?? ""
            return words.contains("You are signed out") && !words.contains("Also sign out at")
        }
        guard isBack else {
            throw RealProvider.Failure(
                description:
                    "\(provider.kind) keeps who signs out at \(try browser.address): \(try browser.text("body"))")
        }
    }
}

extension RealProvider.Kind {
    /// What its button is called.
    var title: String {
        switch self {
        case .glewlwyd: "Glewlwyd"
        case .lemonldap: "LemonLDAP::NG"
        case .django: "Django"
        case .canaille: "Canaille"
        case .mock: "The mock"
        }
    }

    /// Whether it says when it asked somebody who they are.
    var tellsTime: Bool { self != .glewlwyd }
}
