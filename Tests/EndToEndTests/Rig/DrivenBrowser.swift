internal import GatehouseTestSupport

/// A real browser that a test opens pages in.
protocol DrivenBrowser: Sendable {
    func open(_ address: String) throws
    /// With the fragment.
    var address: String { get throws }
    var title: String { get throws }
    /// The text of the first element, as a person reads it.
    func text(_ selector: String) throws -> String
    func exists(_ selector: String) -> Bool
    func type(_ text: String, into selector: String) throws
    func click(_ selector: String) throws
    func stop()
}

extension DrivenBrowser {
    /// Polls until the page has this title.
    func waitForTitle(_ wanted: String) async throws {
        guard await eventually(within: .seconds(40), { (try? title) == wanted }) else {
            throw Stack.Failure(
                description: "wanted the page \(wanted), is \(try title) at \(try address): \(try text("body"))")
        }
    }

    func waitForAddress(_ wanted: String) async throws {
        guard await eventually(within: .seconds(40), { (try? address) == wanted }) else {
            throw Stack.Failure(description: "wanted \(wanted), is at \(try address): \(try text("body"))")
        }
    }

    /// Fills in the sign-in form, whose field of the name may be filled in already, and sends it.
    func signIn(_ name: String?, _ password: String) throws {
        if let name { try type(name, into: "#name") }
        try type(password, into: "#password")
        try click("button[type=submit]")
    }
}
