"""What the measurements of sign-ins share: daemons over a folder of their own, and checks beside them.

Everything listens on loopback and is stopped by pid.
"""
import http.client
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse

from bench import free_port, wait_for

CONFIG = """
[portal]
url = "http://localhost:{portal}"
listen = ["127.0.0.1:{portal}"]
[check]
listen = ["127.0.0.1:{check}"]
[admin]
listen = ["127.0.0.1:{admin}"]
[keys]
lookup = "file:keys/lookup"
seal = "file:keys/seal"
[database]
url = "sqlite:gatehouse.db"
[sessions]
store = "{store}"
[throttle]
per_address = 1000
{limits}
[[application]]
name = "app"
hosts = ["localhost"]
scheme = "http"
  [[application.rule]]
  allow = ["signed-in"]
"""
PASSWORD = "a long way to the gate"


class Instance:
    """One daemon over the shared folder; several share its keys, its people and its Redis."""

    def __init__(self, run, number):
        self.ports = {name: free_port() for name in ("portal", "check", "admin")}
        self.config = f"{run.folder}/gatehouse-{number}.toml"
        with open(self.config, "w") as file:
            file.write(CONFIG.format(store=run.store, limits=run.limits, **self.ports))
        if number == 0:
            run.prepare(self.config)
        self.process = run.start([run.gatehouse, "serve", "--config", self.config])
        for port in self.ports.values():
            wait_for(port, "gatehouse", self.process)

    def get(self, listener, path, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[listener], timeout=60)
        try:
            connection.request("GET", path, headers={"Host": "localhost", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def form(self):
        _, headers, page = self.get("portal", "/login")
        return re.search(r'name="token" value="([^"]+)"', page)[1], headers["Set-Cookie"].split(";")[0]

    def sign_in(self, form, name, password, address="192.0.2.1", cookies=()):
        """The answer, and how long it took from the connection on."""
        token, cookie = form
        body = urllib.parse.urlencode({"token": token, "name": name, "password": password})
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["portal"], timeout=120)
        start = time.perf_counter()
        try:
            connection.request("POST", "/login", body, {
                "Host": "localhost", "Cookie": "; ".join([cookie, *cookies]), "X-Forwarded-For": address,
                "Origin": f"http://localhost:{self.ports['portal']}",
                "Content-Type": "application/x-www-form-urlencoded"})
            answer = connection.getresponse()
            page = answer.read().decode()
            return answer.status, answer.headers.get_all("Set-Cookie") or [], page, time.perf_counter() - start
        finally:
            connection.close()

    def hashes(self):
        return int(re.search(r"^gatehouse_password_hashes_total (\d+)", self.get("admin", "/metrics")[2], re.M)[1])


class Run:
    """A folder with keys and people, and everything that was started."""

    def __init__(self, options, people, redis, limits=""):
        self.gatehouse = f"{options.bin}/gatehouse"
        self.folder = tempfile.mkdtemp(prefix="gatehouse-signin-")
        self.processes = []
        self.people = people
        self.limits = limits
        self.store = "sqlite:sessions.db"
        if redis:
            port = free_port()
            self.start(["redis-server", "--port", str(port), "--save", "", "--dir", self.folder])
            self.store = f"redis://127.0.0.1:{port}/0"

    def start(self, command):
        log = open(f"{self.folder}/log", "ab")
        process = subprocess.Popen(command, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def prepare(self, config):
        subprocess.run([self.gatehouse, "init", "--config", f"{self.folder}/init.toml", "--portal",
                        "https://auth.example.com"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([self.gatehouse, "migrate", "--config", config], check=True, stdout=subprocess.DEVNULL)
        database = sqlite3.connect(f"{self.folder}/gatehouse.db")
        database.executemany(
            "INSERT INTO auth_user (username, password, is_active, is_superuser, is_staff, first_name, last_name, email, "
            "date_joined) VALUES (?, ?, ?, 0, 0, '', '', '', '2026-01-01 00:00:00')", self.people(self))
        database.commit()
        database.close()

    def hash(self, *options):
        made = subprocess.run([self.gatehouse, "hash", "make", "--password-stdin", "--config",
                               f"{self.folder}/gatehouse-0.toml", *options], input=PASSWORD + "\n", text=True,
                              check=True, capture_output=True)
        return made.stdout.strip().splitlines()[-1]

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder)


def checks(instance, session, until):
    """How long each check took, one every 2 ms on a connection that stays."""
    connection = http.client.HTTPConnection("127.0.0.1", instance.ports["check"], timeout=10)
    headers = {"X-Original-Method": "GET", "X-Original-URL": "http://localhost/", "X-Forwarded-For": "192.0.2.1",
               "Cookie": session}
    seconds = []
    while not until():
        start = time.perf_counter()
        connection.request("GET", "/auth/request", headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"a check was answered with {answer.status}")
        seconds.append(time.perf_counter() - start)
        time.sleep(0.002)
    return seconds


def p99(seconds):
    return sorted(seconds)[int(len(seconds) * 0.99)] * 1_000


def of(cookies, name):
    return next(line.split(";")[0] for line in cookies if line.startswith(f"{name}="))
