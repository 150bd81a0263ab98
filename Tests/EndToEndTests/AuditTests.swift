internal import Foundation
internal import GatehouseTestSupport
internal import Glibc
internal import Testing

extension EndToEnd {
    @Suite("Where events go")
    struct AuditTests {
        private func start(_ log: String) async throws -> Stack {
            try await Stack.start(settings: Stack.Settings(tables: "[log]\n\(log)"))
        }

        private func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

        @Test("a chained file goes on over commands, a restart and another file, and shows what was changed in it")
        func chain() async throws {
            let stack = try await start("audit = \"audit.jsonl\"\naudit_chain = true")
            defer { stack.stop() }
            let path = stack.folder.file("audit.jsonl")
            _ = try SignIn(stack: stack).cookie(.alice)
            #expect(await eventually { text(path).contains("sign-in.ok") })
            #expect(try stack.command("user", "set", "alice", "--email", "a@example.com").status == 0)
            _ = try SignIn(stack: stack).send(try SignIn(stack: stack).form(), "alice", "wrong")
            #expect(await eventually { text(path).contains("sign-in.failed") })
            try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
            stack.gatehouse.signal(SIGHUP)
            #expect(try stack.command("user", "set", "alice", "--email", "b@example.com").status == 0)
            Server.stop(stack.gatehouse)
            let next = try Server.start(
                try Repository.gatehouse(), ["serve", "--config", stack.config], output: stack.folder.file("next.log"))
            defer { Server.stop(next) }
            #expect(await eventually(within: .seconds(30)) { stack.isReady })
            _ = try SignIn(stack: stack).cookie(.alice)
            #expect(await eventually { text(path).contains("sign-in.ok") })

            let intact = try stack.command("audit", "verify", path + ".1", path)
            #expect(intact.status == 0 && intact.output.contains("Intact: "), "\(intact.output)")
            #expect(intact.output.contains(", number 1 to "))
            let json = try stack.command("audit", "verify", path + ".1", path, "--json")
            let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            #expect(object?["intact"] as? Bool == true && object?["first"] as? Int == 1)
            #expect(try stack.command("audit", "verify", path).output.contains("is not in these files"))

            let old = text(path + ".1")
            let forged = old.replacingOccurrences(of: "\"event\":\"sign-in.failed\"", with: "\"event\":\"sign-in.ok\"")
            #expect(forged != old)
            try stack.folder.write(forged, to: "audit.jsonl.1")
            let broken = try stack.command("audit", "verify", path + ".1", path)
            #expect(broken.status == 1, "\(broken.output)")
            #expect(broken.output.contains("audit.jsonl.1: line ") && broken.output.contains("is not what was written"))
            #expect(try stack.command("audit", "verify").status == 2)
            #expect(try stack.command("audit", "verify", stack.folder.file("none")).status == 3)
            #expect(try stack.command("audit", "verify", stack.config).status == 1, "no line of a chain")
        }

        @Test("syslog gets a message of RFC 5424 for each event, also of the command line")
        func syslog() async throws {
            let folder = try TemporaryFolder()
            let receiver = try DatagramReceiver(path: folder.file("log"))
            let stack = try await start("audit = \"syslog:\(folder.file("log"))\"\naudit_required = true")
            defer { stack.stop() }
            _ = try SignIn(stack: stack).cookie(.alice)
            let message = try receiver.text(containing: "sign-in.ok")
            #expect(message.contains(/^<86>1 \S+Z \S+ gatehouse \d+ sign-in\.ok \[gatehouse@32473 [^\n]+\] signed in$/))
            #expect(try stack.command("user", "set", "alice", "--email", "a@example.com").status == 0)
            let change = try receiver.text(containing: "user.changed")
            #expect(change.hasPrefix("<85>1 ") && change.contains(" by=\"uid \(Repository.userID)\""), "\(change)")
            #expect(try stack.command("check").output.contains("takes messages"))

            #expect(unsafe unlink(folder.file("log")) == 0)
            #expect(try stack.command("user", "set", "alice", "--email", "b@example.com").output.contains("log.audit:"))
            #expect(try stack.command("check").output.contains("log.audit"))
        }

        /// The real one, with a place of its own for everything that it writes.
        @Test(
            "journald shows each event with its fields",
            .enabled(
                if: FileManager.default.isExecutableFile(atPath: "/lib/systemd/systemd-journald") && getuid() == 0,
                "left out: journald is not installed, or the tests do not run as root"))
        func journald() async throws {
            let folder = try TemporaryFolder()
            for name in ["systemd", "systemd/journal", "log", "log/journal"] {
                try FileManager.default.createDirectory(
                    atPath: folder.file(name), withIntermediateDirectories: false)
            }
            let daemon = try Server.start(
                "unshare",
                [
                    "-m", "sh", "-c",
                    "mount --make-rprivate / && mount --bind \"$1\" /run && exec /lib/systemd/systemd-journald", "sh",
                    folder.path,
                ], output: folder.file("journald.log"))
            defer { Server.stop(daemon) }
            let socket = folder.file("systemd/journal/socket")
            #expect(
                await eventually(within: .seconds(30)) { FileManager.default.fileExists(atPath: socket) },
                "\(text(folder.file("journald.log")))")
            let stack = try await start("audit = \"journald:\(socket)\"")
            defer { stack.stop() }
            _ = try SignIn(stack: stack).cookie(.alice)
            #expect(try stack.command("user", "set", "alice", "--email", "a@example.com").status == 0)
            func entries(_ event: String) throws -> String {
                try Tools.run(
                    "journalctl",
                    ["-D", folder.file("log/journal"), "-o", "json", "--no-pager", "GATEHOUSE_EVENT=\(event)"]
                ).output
            }
            #expect(await eventually(within: .seconds(30)) { (try? entries("sign-in.ok"))?.contains("alice") == true })
            let entry = try entries("sign-in.ok")
            for field in ["\"MESSAGE\":\"signed in\"", "\"PRIORITY\":\"6\"", "\"SYSLOG_IDENTIFIER\":\"gatehouse\""] {
                #expect(entry.contains(field), "\(entry)")
            }
            #expect(
                await eventually(within: .seconds(30)) {
                    (try? entries("user.changed"))?.contains("uid \(Repository.userID)") == true
                })
        }

        @Test("on standard error they stand once, as JSON, whatever the log's level and format")
        func standardError() async throws {
            let stack = try await start("audit = \"stderr\"\nlevel = \"error\"\nformat = \"text\"")
            defer { stack.stop() }
            _ = try SignIn(stack: stack).cookie(.alice)
            let path = stack.folder.file("gatehouse.log")
            #expect(await eventually { text(path).contains("\"event\":\"sign-in.ok\"") })
            #expect(text(path).components(separatedBy: "sign-in.ok").count == 2)
        }

        @Test("a daemon at a terminal writes lines for people, unless it is told otherwise")
        func terminal() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            #expect(text(stack.folder.file("gatehouse.log")).hasPrefix("{\"time\":"))
            Server.stop(stack.gatehouse)
            let (output, id) = (stack.folder.file("terminal"), stack.folder.file("pid"))
            let command = "echo $$ >'\(id)'; exec '\(try Repository.gatehouse())' serve --config '\(stack.config)'"
            let terminal = try Server.start("script", ["-qfc", command, output], output: "/dev/null")
            defer {
                if let number = pid_t(text(id).trimmingCharacters(in: .newlines)) { kill(number, SIGTERM) }
                Server.stop(terminal)
            }
            #expect(await eventually(within: .seconds(30)) { text(output).contains("listener=\"portal\"") })
            #expect(text(output).contains(" info listening ") && !text(output).contains("{\"time\""))
        }

        @Test("name the trace that a request is part of")
        func trace() async throws {
            let stack = try await start("audit = \"audit.jsonl\"")
            defer { stack.stop() }
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            _ = try stack.page("/_gatehouse/nowhere", headers: [("traceparent", trace)])
            let answer = try Exchange.post(
                "/_gatehouse/login", host: stack.host, port: stack.ports.proxy,
                headers: [("Origin", "https://elsewhere.example.org"), ("traceparent", trace)], body: "")
            #expect(answer.status == 403)
            for file in ["audit.jsonl", "gatehouse.log"] {
                #expect(
                    await eventually {
                        text(stack.folder.file(file)).split(separator: "\n").contains {
                            $0.contains("csrf.refused")
                                && $0.contains("\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\"")
                        }
                    }, "\(stack.logs)")
            }
        }

        @Test("the page about them is what the program says of itself")
        func page() throws {
            let check = try Tools.run(
                Repository.file("tools/events"), ["--check", "--binary", try Repository.gatehouse()])
            #expect(check.status == 0, "\(check.output)")
        }
    }
}
