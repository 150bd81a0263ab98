#!/usr/bin/env python3
"""Plays systemd's side towards one service: opens its sockets, passes them, hears its messages, starts it again.

Usage: manager.py [OPTION ...] PROGRAM [ARGUMENT ...]

  --socket NAME=ADDRESS  to listen on, an IPv4 address with a port or a path, and to pass under the name; may be repeated
  --activated            starts the service with the first connection, not before
  --abstract             hears messages at a name that belongs to no file
  --watchdog SECONDS     asks for signs of life
  --credentials FOLDER   has the service's secrets

Prints a line for what happens: LISTENING, START, MESSAGE with the lines of one joined by "|", EXIT with the code. SIGHUP is
handed on, SIGUSR1 ends the service and starts it again on the same sockets, SIGTERM ends it and this.
"""
import argparse
import fcntl
import os
import secrets
import selectors
import signal
import socket
import sys
import tempfile


def say(*words):
    # In one piece, whatever Python buffers: the service writes lines of its own to the same file.
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def listening(address):
    host, colon, port = address.rpartition(":")
    if colon:
        found = socket.create_server((host, int(port)), backlog=1024)
    else:
        found = socket.socket(socket.AF_UNIX)
        found.bind(address)
        os.chmod(address, 0o600)
        found.listen(1024)
    # As systemd passes them, unless NonBlocking= says otherwise.
    found.setblocking(True)
    return found


class Manager:
    def __init__(self, options):
        self.options = options
        self.pid = None
        self.is_ending = self.is_restarting = False
        pairs = [text.partition("=") for text in options.socket]
        self.names = [name for name, _, _ in pairs]
        self.sockets = [listening(address) for _, _, address in pairs]
        self.folder = tempfile.TemporaryDirectory()
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify_name = "@gh-" + secrets.token_hex(8) if options.abstract else self.folder.name + "/notify"
        self.notify.bind(("\0" + self.notify_name[1:]) if options.abstract else self.notify_name)
        self.notify.setblocking(False)

    def start(self):
        say("START")
        self.pid = os.fork()
        if self.pid:
            return
        # Somewhere else first: one of them may be in another's place.
        high = [fcntl.fcntl(one.fileno(), fcntl.F_DUPFD, 100) for one in self.sockets]
        for index, descriptor in enumerate(high):
            os.dup2(descriptor, 3 + index)
        os.closerange(3 + len(high), 1024)
        environment = dict(os.environ, NOTIFY_SOCKET=self.notify_name)
        if high:
            environment.update(
                LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(high)), LISTEN_FDNAMES=":".join(self.names))
        if self.options.watchdog:
            environment.update(
                WATCHDOG_PID=str(os.getpid()), WATCHDOG_USEC=str(int(self.options.watchdog * 1_000_000)))
        if self.options.credentials:
            environment["CREDENTIALS_DIRECTORY"] = self.options.credentials
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.execvpe(self.options.program, [self.options.program, *self.options.arguments], environment)

    def hear(self):
        while True:
            try:
                say("MESSAGE", self.notify.recv(65_536).decode().replace("\n", "|"))
            except BlockingIOError:
                return

    def reap(self):
        """Returns the code with which this has to end, or None."""
        pid, status = os.waitpid(self.pid, os.WNOHANG) if self.pid else (0, 0)
        if not pid:
            return None
        self.hear()
        self.pid = None
        code = os.waitstatus_to_exitcode(status)
        say("EXIT", code)
        if self.is_ending or not self.is_restarting:
            return code if code >= 0 else 1
        self.is_restarting = False
        self.start()
        return None

    def run(self):
        received = []
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD):
            signal.signal(number, lambda number, _: received.append(number))
        waker, wake = socket.socketpair()
        for end in (waker, wake):
            end.setblocking(False)
        signal.set_wakeup_fd(wake.fileno())
        selector = selectors.DefaultSelector()
        selector.register(waker, selectors.EVENT_READ)
        selector.register(self.notify, selectors.EVENT_READ)
        if self.options.activated:
            for one in self.sockets:
                selector.register(one, selectors.EVENT_READ)
        say("LISTENING")
        if not self.options.activated:
            self.start()
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if waker in ready:
                waker.recv(4_096)
            self.hear()
            if self.options.activated and ready.intersection(self.sockets):
                for one in self.sockets:
                    selector.unregister(one)
                self.options.activated = False
                self.start()
            while received:
                number = received.pop(0)
                if number == signal.SIGTERM and not self.pid:
                    return 0
                if number == signal.SIGCHLD or not self.pid:
                    continue
                self.is_ending = self.is_ending or number == signal.SIGTERM
                self.is_restarting = self.is_restarting or number == signal.SIGUSR1
                os.kill(self.pid, signal.SIGHUP if number == signal.SIGHUP else signal.SIGTERM)
            code = self.reap()
            if code is not None:
                return code


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", action="append", default=[])
    parser.add_argument("--activated", action="store_true")
    parser.add_argument("--abstract", action="store_true")
    parser.add_argument("--watchdog", type=float)
    parser.add_argument("--credentials")
    parser.add_argument("program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    return Manager(parser.parse_args()).run()


if __name__ == "__main__":
    sys.exit(main())
