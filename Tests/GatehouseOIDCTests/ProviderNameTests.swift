import GatehouseCore
import GatehouseOIDC
import Testing

@Suite struct ProviderNameTests {
    @Test(arguments: ["keycloak", "g", "git-lab2", "a23456789012345678901234567890ab"] as [UTF8Text])
    func nameOfAProvider(_ text: UTF8Text) { #expect(ProviderName(text)?.text == text) }

    @Test(arguments: ["", "2a", "-a", "Google", "a_b", "a/b", "ä", "a23456789012345678901234567890abc"] as [UTF8Text])
    func noName(_ text: UTF8Text) { #expect(ProviderName(text) == nil) }
}
