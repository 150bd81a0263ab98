internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("gatehouse convert")
    struct ConvertCommandTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        private func convert(_ arguments: String...) throws -> (status: Int32, output: String) {
            let said = try Tools.run(try Repository.gatehouse(), ["convert"] + arguments)
            #expect(!RawSwift.isIn(said.output[...]), "\(said.output)")
            return said
        }

        @Test("prints a configuration, and says on standard error what could not be carried over")
        func prints() throws {
            let file = try folder.write(
                "TINYAUTH_APPURL=https://auth.example.com\nTINYAUTH_OAUTH_AUTOREDIRECT=x\n", to: ".env")
            let said = try convert(file)
            #expect(said.status == 0)
            for words in [
                "url = \"https://auth.example.com\"", "[[application.rule]]\n  allow = [\"signed-in\"]",
                "# Not carried over:",
                "read as tinyauth's environment; 2 things could not be carried over as they are",
            ] { #expect(said.output.contains(words), "\(words): \(said.output)") }
        }

        @Test(
            "ends with 1 for a file that is something else, and with 2 for one that nothing is known of",
            arguments: [
                ("users.yml", "users:\n  alice: {password: x}\n", 1, "`gatehouse user import`"),
                ("htpasswd", "alice:$2y$05$abc\n", 1, "`gatehouse user import`"),
                ("a.yml", "a: [\n", 1, "a.yml:2: no YAML"), ("x.cfg", "provider = \n", 1, "x.cfg:1: is no TOML"),
                ("x.txt", "hello", 2, "say --format"),
            ] as [(String, String, Int32, String)])
        func refuses(name: String, text: String, status: Int32, words: String) throws {
            let said = try convert(try folder.write(text, to: name))
            #expect(said.status == status && said.output.contains(words), "\(said)")
        }

        @Test("ends with 2 for wrong usage")
        func usage() throws {
            let file = try folder.write("", to: "x")
            #expect(
                try convert(file, "--format", "htaccess").output.contains("one of authelia, tinyauth, oauth2-proxy"))
            #expect(try convert(file, "--format", "htaccess").status == 2)
            #expect(try convert(folder.file("missing")).status == 2)
            #expect(try convert().status == 2)
        }
    }
}
