internal import Foundation
internal import Testing

extension EndToEnd {
    /// `TEST_PICTURES=1` writes them anew.
    @Suite("The pictures of the front page")
    struct PicturesTests {
        @Test(
            "are small, and show the sign-in page as it is",
            arguments: [(Browser.Look.desktop, "light"), (.dark, "dark")])
        func signIn(look: Browser.Look, name: String) async throws {
            let path = "deploy/docs/pictures/sign-in-\(name).png"
            let stack = try await Stack.start(stores: Stores(sessions: .embedded, people: .sqlite), people: [])
            defer { stack.stop() }
            let browser = try await Browser.start()
            defer { browser.stop() }
            try browser.setLook(
                Browser.Look(name: look.name, width: 960, height: 600, isPhone: false, isDark: look.isDark))
            try browser.open("http://\(stack.host)/_gatehouse/login")
            try await browser.waitForTitle("Sign in · Gatehouse")
            let picture = try browser.picture()
            if ProcessInfo.processInfo.environment["TEST_PICTURES"] != nil {
                try picture.write(to: URL(fileURLWithPath: Repository.file(path)))
            }
            let shipped = try Data(contentsOf: URL(fileURLWithPath: Repository.file(path)))
            #expect(shipped.count <= 60 * 1_024 && shipped.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            // Fonts differ from machine to machine; another page would have another size by far.
            #expect(
                abs(shipped.count - picture.count) < picture.count / 3,
                "\(path): run TEST_PICTURES=1 tools/test --filter PicturesTests")
        }
    }
}
