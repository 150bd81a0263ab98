internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    /// What `deploy/docs/applications.md` tells authors to write, run with headers as they come from Gatehouse.
    @Suite("The snippets for applications")
    struct SnippetTests {
        private let page: DocumentedPage
        private let folder: TemporaryFolder

        init() throws {
            page = DocumentedPage(try Repository.text("deploy/docs/applications.md"))
            folder = try TemporaryFolder()
        }

        private func snippet(_ language: String, _ words: String) throws -> String {
            try #require(page.blocks.first { $0.language == language && $0.text.contains(words) }).text
        }

        /// Asks an application as somebody with a name and groups that are percent-encoded, and as nobody.
        private func judge(
            _ program: String, _ arguments: [String], port: UInt16, environment: [String: String] = [:]
        ) async throws {
            let log = folder.file("log")
            let server = try Server.start(
                "env", ["-C", folder.path, program] + arguments,
                environment: Tools.environment.merging(environment) { $1 }, output: log)
            defer { Server.stop(server) }
            let isUp = await eventually(within: .seconds(20)) {
                !server.isRunning || (try? LocalSocket(.tcp(port: port))) != nil
            }
            #expect(isUp && server.isRunning, "\((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
            struct Seen: Decodable, Equatable {
                let user: String
                let groups: [String]
            }
            let answer = try Exchange.get(
                "/", host: "127.0.0.1:\(port)", port: port,
                headers: [("Remote-User", "zo%C3%AB"), ("Remote-Groups", "admins,a%2Cb")])
            #expect(answer.status == 200)
            #expect(
                try JSONDecoder().decode(Seen.self, from: Data(answer.body))
                    == Seen(user: "zoë", groups: ["admins", "a,b"]))
            #expect(
                try Exchange.get("/", host: "127.0.0.1:\(port)", port: port, headers: [("Remote-User", "")]).status
                    == 401)
            #expect(try Exchange.get("/", host: "127.0.0.1:\(port)", port: port).status == 401)
        }

        @Test(
            "Flask",
            .enabled(if: Snippet.has("python3", "-c", "import flask"), "left out: Flask's snippet: no python3-flask"))
        func flask() async throws {
            try folder.write(try snippet("python", "Flask(__name__)"), to: "app.py")
            let port = try FreePort.any()
            try await judge("python3", ["-m", "flask", "--app", "app", "run", "--port", "\(port)"], port: port)
        }

        @Test("PHP", .enabled(if: Snippet.has("php", "--version"), "left out: PHP's snippet: no php-cli"))
        func php() async throws {
            try folder.write(try snippet("php", "<?php"), to: "app.php")
            let port = try FreePort.any()
            try await judge("php", ["-S", "127.0.0.1:\(port)", "app.php"], port: port)
        }

        @Test(
            "Express",
            .enabled(
                if: Snippet.has("node", "-e", "require('express')", environment: Snippet.node),
                "left out: Express's snippet: no node-express"))
        func express() async throws {
            let port = try FreePort.any()
            let text = try snippet("javascript", "express()")
            try #require(text.contains("8080"))
            try folder.write(text.replacing("8080", with: "\(port)"), to: "app.js")
            try await judge("node", ["app.js"], port: port, environment: Snippet.node)
        }

        /// Debian's Go is 464 MB: `tools/test` does not install it.
        @Test("Go", .enabled(if: Snippet.has("go", "version"), "left out: Go's snippet: no go"))
        func go() async throws {
            let port = try FreePort.any()
            let text = try snippet("go", "package main")
            try #require(text.contains("8080"))
            try folder.write(text.replacing("8080", with: "\(port)"), to: "app.go")
            let environment = ["GOCACHE": folder.file("cache"), "GOFLAGS": "-mod=mod", "GO111MODULE": "off"]
            let (status, output) = try Tools.run(
                "env", ["-C", folder.path, "go", "build", "-o", "app", "app.go"], environment: environment)
            try #require(status == 0, "\(output)")
            try await judge(folder.file("app"), [], port: port)
        }

        @Test("Django", .enabled(if: DjangoSite.python != nil, "left out: Django's snippet: no Django"))
        func django() throws {
            try folder.write(try snippet("python", "GatehouseMiddleware("), to: "gatehouse.py")
            let script = """
                import sys
                sys.path.insert(0, "\(folder.path)")
                import django
                from django.conf import settings
                from django.http import HttpResponse
                from django.urls import path

                \(try snippet("python", "MIDDLEWARE = ["))
                settings.configure(
                    SECRET_KEY="only for a test", ALLOWED_HOSTS=["testserver"], ROOT_URLCONF=__name__, MIDDLEWARE=MIDDLEWARE,
                    AUTHENTICATION_BACKENDS=AUTHENTICATION_BACKENDS, DEFAULT_AUTO_FIELD="django.db.models.AutoField",
                    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
                    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"])
                django.setup()
                from django.contrib.auth.models import User
                from django.core.management import call_command
                from django.test import Client
                urlpatterns = [path("", lambda request: HttpResponse(request.user.get_username()))]
                call_command("migrate", verbosity=0)
                User.objects.create_user("zoë")
                client = Client()
                asked = [client.get("/", **headers).content.decode() for headers in (
                    {}, {"HTTP_REMOTE_USER": "zo%C3%AB"}, {"HTTP_REMOTE_USER": ""}, {"HTTP_REMOTE_USER": "mallory"},
                    {"HTTP_REMOTE_USER": "zo%C3%AB"}, {})]
                print("|".join(asked), User.objects.count())
                """
            let file = try folder.write(script, to: "site_of_one_page.py")
            let (status, output) = try Tools.run(
                try #require(DjangoSite.python), [file], environment: ["PYTHONUTF8": "1"])
            #expect(status == 0 && output == "|zoë|||zoë| 1\n", "\(output)")
        }
    }

    private enum Snippet {
        /// Where Debian's modules lie, also for a Node.js from elsewhere.
        static let node = ["NODE_PATH": "/usr/share/nodejs"]

        static func has(_ program: String, _ arguments: String..., environment: [String: String] = [:]) -> Bool {
            (try? Tools.run(program, arguments, environment: environment))?.status == 0
        }
    }
}
