internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("Asking at a terminal")
    struct PromptTests {
        /// A terminal on which a step of the test runs a command: `say`, `wait` and `echoes` speak to it.
        private static let terminal = #"""
            import fcntl, os, pty, select, signal, struct, subprocess, sys, termios, time
            master, slave = pty.openpty()
            # What is read has an octet before it, or is one that says what the terminal did.
            fcntl.ioctl(master, termios.TIOCPKT, struct.pack("i", 1))
            def child():
                signal.pthread_sigmask(signal.SIG_SETMASK, [])
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGTSTP, signal.SIGHUP, signal.SIGQUIT):
                    signal.signal(number, signal.SIG_DFL)
                os.setsid()
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
                # As under a shell: what is stopped in a session of its own would be an orphan, and go on at once.
                pid = os.fork()
                if pid:
                    os.closerange(3, 1024)
                    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                    os._exit(code if code >= 0 else 128 - code)
                os.setpgid(0, 0)
                signal.signal(signal.SIGTTOU, signal.SIG_IGN)
                os.tcsetpgrp(slave, os.getpid())
                signal.signal(signal.SIGTTOU, signal.SIG_DFL)
            process = subprocess.Popen(sys.argv[1:], stdin=slave, stdout=slave, stderr=slave, preexec_fn=child)
            seen, done = b"", 0
            def read():
                global seen, done
                octets = os.read(master, 4096)
                if octets[0] == termios.TIOCPKT_DATA: seen += octets[1:]
                done |= octets[0]
            def wait(text, times=1):
                deadline = time.monotonic() + 60
                while seen.count(text) < times:
                    if time.monotonic() > deadline: sys.exit("never came: %r in %r" % (text, seen))
                    if select.select([master], [], [], 1)[0]: read()
            def say(text): os.write(master, text)
            # The terminal takes what is typed in its own time. Behind the text Ctrl-S and Ctrl-Q, which it tells of.
            def type(text):
                global done
                done = 0
                say(text + b"\x13\x11")
                def took():
                    if select.select([master], [], [], 0)[0]: read()
                    return done & termios.TIOCPKT_START
                until(took)
            def send(number): os.kill(os.tcgetpgrp(master), number)
            def echoes(): return bool(termios.tcgetattr(slave)[3] & termios.ECHO)
            def until(condition):
                deadline = time.monotonic() + 60
                while not condition():
                    if time.monotonic() > deadline: sys.exit("did not happen: %r" % seen)
                    time.sleep(0.01)
            def end():
                until(lambda: process.poll() is not None)
                while select.select([master], [], [], 0)[0]: read()
                print("ended", process.returncode, "echo", echoes())
                # What a shell would find as typed behind its prompt.
                attributes = termios.tcgetattr(slave)
                attributes[3] &= ~termios.ICANON
                termios.tcsetattr(slave, termios.TCSANOW, attributes)
                print("left", struct.unpack("i", fcntl.ioctl(slave, termios.FIONREAD, b"\0" * 4))[0])
                print(seen.decode())

            """#

        private func at(_ site: CommandSite, _ steps: String, _ arguments: String...) throws -> String {
            let script = try site.folder.write(Self.terminal + steps + "\n", to: "steps.py")
            let command = [try Repository.gatehouse()] + arguments + ["--config", site.config]
            return try Tools.run("python3", [script] + command).output
        }

        @Test(
            "shows again what is typed when it is ended by the keyboard or by somebody else",
            arguments: [
                #"say(b"\x03")"#, #"say(b"\x1c")"#, "send(signal.SIGTERM)", "send(signal.SIGHUP)",
            ])
        func ended(how: String) async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            let said = try at(
                site, "wait(b'New password: ')\nuntil(lambda: not echoes())\ntype(b'half a pass')\n\(how)\nend()",
                "user", "add",
                "alice")
            #expect(said.contains(/ended 1[2-4]\d/) && said.contains("echo True"), "\(said)")
            #expect(!said.contains("half a pass") && said.contains("left 0"), "\(said)")
            #expect(try site.run("user", "show", "alice").status == 1)
        }

        @Test("shows what is typed while it is stopped, and hides it again afterwards")
        func stopped() async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            let said = try at(
                site,
                """
                wait(b'New password: ')
                until(lambda: not echoes())
                say(b'\\x1a')
                until(echoes)
                send(signal.SIGCONT)
                until(lambda: not echoes())
                say(b'a long way to the gate\\n')
                wait(b'Again: ')
                say(b'a long way to the gate\\n')
                end()
                """, "user", "add", "alice")
            #expect(said.contains("ended 0 echo True") && !said.contains("a long way"), "\(said)")
        }

        @Test("asks again after a weak password and after two that differ, with the reason, and gives up in the end")
        func again() async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            let said = try at(
                site,
                """
                for first, second in ((b'short', b'short'), (b'a long way to the gate', b'a long way to the gat')):
                    wait(b'New password: ')
                    say(first + b'\\n')
                    wait(b'Again: ')
                    say(second + b'\\n')
                    seen = seen.replace(b'New password: ', b'', 1).replace(b'Again: ', b'', 1)
                wait(b'New password: ')
                say(b'a long way to the gate\\n')
                wait(b'Again: ')
                say(b'a long way to the gate\\n')
                end()
                """, "user", "add", "alice")
            #expect(said.contains("ended 0 echo True"), "\(said)")
            #expect(said.contains("too short") && said.contains("The two passwords differ."), "\(said)")
            #expect(try site.run("user", "show", "alice").status == 0)
            let lost = try at(
                site,
                """
                for attempt in range(1, 6):
                    wait(b'New password: ', attempt)
                    say(b'short\\n')
                    wait(b'Again: ', attempt)
                    say(b'short\\n')
                end()
                """, "user", "passwd", "alice")
            #expect(lost.contains("ended 1 echo True") && lost.contains("Nothing was changed"), "\(lost)")
            // Not even asked for somebody who cannot be made.
            let taken = try at(site, "end()", "user", "add", "alice")
            #expect(taken.contains("ended 1") && !taken.contains("New password"), "\(taken)")
        }
    }
}
