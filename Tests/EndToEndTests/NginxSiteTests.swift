internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("nginx as people set it up")
    struct NginxSiteTests {
        @Test("does not follow an application that hands a request on, unless it was rendered so")
        func accelRedirect() async throws {
            let locations = """
                location / { include gatehouse-location.conf; proxy_pass http://app; }
                location /public/leads { include gatehouse-location.conf; proxy_pass http://127.0.0.1:LEADS; }
                """
            let leads = try FreePort.any()
            let leader =
                "server { listen 127.0.0.1:\(leads); add_header X-Accel-Redirect /finance/headers.json; return 200 led; }"
            let proxy = Nginx(
                locations: locations.replacing("LEADS", with: "\(leads)"), more: leader)
            let stack = try await Stack.start(proxy)
            defer { stack.stop() }
            let answer = try stack.page("/public/leads")
            #expect(answer.status == 200)
            #expect(answer.text == "led", "\(answer.text)")
        }

        @Test("listens on a Unix socket: pages, sign-in and the denied page, with no address of the client")
        func unixSocket() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let folder = try TemporaryFolder()
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
            let path = folder.file("socket")
            let trial = try Trial(Nginx(), in: stack) {
                $0["nginx.conf"] = $0["nginx.conf"]?.replacing("listen 127", with: "listen unix:\(path); listen 127")
            }
            defer { trial.stop() }
            try #require(trial.process != nil, "\(trial.log)")
            func page(_ target: String, _ more: String...) throws -> String {
                try Tools.run(
                    "curl",
                    ["-sS", "-D", "-", "--unix-socket", path, "-H", "Accept: text/html", "http://localhost\(target)"]
                        + more
                ).output
            }
            #expect(try page("/public/headers.json").contains("200 OK"), "\(trial.log)\(stack.logs)")
            #expect(!(try page("/public/headers.json").contains("X-Forwarded-For")))
            #expect(try page("/headers.json", "-H", "Cookie: \(cookie)").contains("\"alice\""), "\(stack.logs)")
            #expect(try page("/headers.json").contains("303 See Other"))
            #expect(try page("/finance/", "-H", "Cookie: \(cookie)").contains("403 Forbidden"))
            #expect(try page("/_gatehouse/login").contains("200 OK"))
        }

        @Test("leaves the Host that the client sent as it is, and judges no other")
        func host() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            for host in ["localhost", "LOCALHOST:\(stack.ports.proxy)", "localhost:1", "localhost."] {
                let answer = try Exchange.get("/public/headers.json", host: host, port: stack.ports.proxy)
                let arrival = try Arrival(answer)
                #expect(arrival.all("Host") == [host])
                #expect(arrival.all("X-Forwarded-Host") == [host])
            }
            // The first line names the host that is judged; the application hears of no other.
            let answer = try Exchange.raw(
                "GET http://localhost/public/headers.json HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
                port: stack.ports.proxy)
            #expect(try Arrival(answer).all("Host") == ["localhost:\(stack.ports.proxy)"])
        }
    }
}
