"""Measures what strangers learn from failed sign-ins, what guessing costs, and what sign-ins do to checks.

--timing   the medians of failed sign-ins for unknown, wrong, unusable, inactive and old-cost accounts, interleaved
--guesses  100 guesses at once against one account, on one and on two instances that share Redis
--rush     500 sign-ins at once beside checks: the checks' p99 and the daemon's memory, before and meanwhile
--flood    wrong guesses and made-up names from changing addresses while the owner signs in: with a known browser, with a live
           session, and with a new one; and the checks' p99 meanwhile

Everything listens on loopback and is stopped by pid.
"""
import argparse
import concurrent.futures
import hashlib
import base64
import http.client
import multiprocessing
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from bench import free_port, memory_kib, wait_for

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
        # The listeners open one after another: whoever is asked has to be there.
        for listener in ("check", "portal", "admin"):
            wait_for(self.ports[listener], "gatehouse", self.process)

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


def old_hash():
    """PBKDF2 with 390,000 rounds, as Django 4.1 made it: another algorithm and another cost."""
    digest = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"0123456789abcdefABCDEF", 390_000)
    return f"pbkdf2_sha256$390000$0123456789abcdefABCDEF${base64.b64encode(digest).decode()}"


def masked(page, name):
    return re.sub(r'name="token" value="[^"]+"', "", page.replace(name, "NAME"))


def timing(options):
    kinds = ["unknown", "wrong", "unusable", "inactive", "old-cost"]
    accounts = 50

    def people(run):
        good, old = run.hash(), old_hash()
        for n in range(accounts):
            yield f"wrong{n}", good, 1
            yield f"unusable{n}", "!" + "x" * 40, 1
            yield f"inactive{n}", good, 0
            yield f"old-cost{n}", old, 1

    run = Run(options, people, redis=True)
    try:
        instance = Instance(run, 0)
        times = {kind: [] for kind in kinds}
        pages = set()
        for sample in range(options.samples):
            forms = [instance.form() for _ in kinds]
            # One of each kind, one after the other, in another order each time; every attempt from an address of its own.
            for offset in range(len(kinds)):
                kind = kinds[(sample + offset) % len(kinds)]
                name = f"{kind}{sample % accounts}"
                # The inactive account is asked with its right password: that is what an attacker would learn.
                password = PASSWORD if kind == "inactive" else "not the password"
                address = f"198.{18 + offset}.{sample // 250}.{sample % 250 + 1}"
                status, _, page, seconds = instance.sign_in(forms[offset], name, password, address)
                if status != 422:
                    sys.exit(f"{name}: {status}")
                times[kind].append(seconds)
                pages.add(masked(page, name))
        medians = {kind: statistics.median(values) * 1_000 for kind, values in times.items()}
        print("| failed sign-in | median, ms | slowest of 20, ms |\n| --- | --- | --- |")
        for kind in kinds:
            slow = sorted(times[kind])[int(len(times[kind]) * 0.95)] * 1_000
            print(f"| {kind} | {medians[kind]:.1f} | {slow:.1f} |")
        spread = max(medians.values()) / min(medians.values()) - 1
        print(f"\n{options.samples} samples of each; the medians differ by {spread:.2%}; "
              f"{'all pages are equal' if len(pages) == 1 else f'{len(pages)} different pages'}")
        return spread < 0.05 and len(pages) == 1
    finally:
        run.stop()


def guesses(options):
    good = True
    for count in (1, 2):
        # The fifth failure ends it for five minutes; with the default of ten, only a second's pause would come first.
        run = Run(options, lambda run: [("alice", run.hash(), 1)], redis=True, limits="per_account = 5")
        try:
            instances = [Instance(run, n) for n in range(count)]
            first = instances[0]
            status, cookies, _, _ = first.sign_in(first.form(), "alice", PASSWORD, "203.0.113.7")
            device = next(line.split(";")[0] for line in cookies if "-device=" in line)
            assert status == 303
            before = sum(instance.hashes() for instance in instances)
            spellings = ["alice", "ALICE", " alice", "\u00e1lice", "ali\u200bce", "\uff41lice"]

            def guess(n):
                instance = instances[n % count]
                forged = f"10.0.0.{n}, 192.0.2.{n % 40 + 1}"
                return instance.sign_in(forms[n], spellings[n % len(spellings)], f"guess {n}", forged)[0]

            forms = [instances[n % count].form() for n in range(100)]
            with concurrent.futures.ThreadPoolExecutor(100) as pool:
                answers = list(pool.map(guess, range(100)))
            done = sum(instance.hashes() for instance in instances) - before
            # Guesses that a busy daemon sent away were not counted.
            for n in range(10):
                if first.sign_in(forms[0], "alice", "one more guess", f"198.51.100.{n}")[0] == 429:
                    break
            stranger = first.sign_in(first.form(), "alice", PASSWORD, "192.0.2.1")[0]
            owner = first.sign_in(first.form(), "alice", PASSWORD, "192.0.2.1", [device])[0]
            print(f"{count} instance(s): 100 guesses at once from 40 addresses in 6 spellings cost {done} hashes; answers: "
                  f"{answers.count(422)} wrong, {answers.count(429)} too often; then the right password on an unknown "
                  f"browser: {stranger}, on a known one: {owner}")
            good = good and done <= 5 and owner == 303 and stranger == 429
        finally:
            run.stop()
    return good


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


def flooder(portal, number, until, answers):
    """Guesses on one connection after another, each as somebody else from somewhere else; counts the answers."""
    counts = {}
    connection = None
    count = 0
    while time.time() < until:
        try:
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", portal, timeout=60)
                connection.request("GET", "/login", headers={"Host": "localhost"})
                answer = connection.getresponse()
                cookie = answer.headers["Set-Cookie"].split(";")[0]
                token = re.search(r'name="token" value="([^"]+)"', answer.read().decode())[1]
            count += 1
            name = f"user{(number * 7_919 + count) % 500}" if count % 2 else f"nobody-{number}-{count}"
            body = urllib.parse.urlencode({"token": token, "name": name, "password": "a guess"})
            address = f"{11 + number % 80}.{count >> 16 & 255}.{count >> 8 & 255}.{count & 255}"
            connection.request("POST", "/login", body, {
                "Host": "localhost", "Cookie": cookie, "X-Forwarded-For": address,
                "Origin": f"http://localhost:{portal}", "Content-Type": "application/x-www-form-urlencoded"})
            answer = connection.getresponse()
            answer.read()
            counts[answer.status] = counts.get(answer.status, 0) + 1
        except (OSError, http.client.HTTPException):
            counts["broken"] = counts.get("broken", 0) + 1
            connection = None
    answers.put(counts)


def flood(options):
    def people(run):
        made = run.hash()
        return [("owner", made, 1), ("visitor", made, 1)] + [(f"user{n}", made, 1) for n in range(500)]

    run = Run(options, people, redis=True)
    try:
        instance = Instance(run, 0)
        _, visitor, _, _ = instance.sign_in(instance.form(), "visitor", PASSWORD, "192.0.2.1")
        _, owner, _, _ = instance.sign_in(instance.form(), "owner", PASSWORD, "192.0.2.2")
        _, other, _, _ = instance.sign_in(instance.form(), "visitor", PASSWORD, "192.0.2.1")
        visited = of(visitor, "gatehouse-local")
        end = time.perf_counter() + 5
        idle = checks(instance, visited, lambda: time.perf_counter() >= end)

        until = time.time() + options.seconds
        answers = multiprocessing.Queue()
        strangers = [multiprocessing.Process(target=flooder, args=(instance.ports["portal"], n, until, answers))
                     for n in range(options.strangers)]
        for stranger in strangers:
            stranger.start()
        kinds = {"known browser": [of(owner, "gatehouse-local-device")], "live session": [of(other, "gatehouse-local")],
                 "new browser": []}
        taken = {kind: [] for kind in kinds}

        def sign_ins(kind, number):
            """Signs in again and again, and comes back when told to: the owner's patience is ten seconds."""
            count = 0
            while time.time() < until - 12:
                start = time.perf_counter()
                while True:
                    count += 1
                    # Another address each time, so that what is counted for addresses says nothing here.
                    form = instance.form()
                    status, headers, _, _ = instance.sign_in(
                        form, "owner", PASSWORD, f"198.51.{100 + number}.{count % 250 + 1}", kinds[kind])
                    seconds = time.perf_counter() - start
                    if status == 303:
                        if kind == "live session":
                            kinds[kind] = [of(headers, "gatehouse-local")]
                        break
                    if status != 503 or seconds > 10:
                        break
                    time.sleep(2)
                taken[kind].append((status == 303, seconds))
                time.sleep(0.5)

        time.sleep(3)
        owners = [threading.Thread(target=sign_ins, args=(kind, number)) for number, kind in enumerate(kinds)]
        for thread in owners:
            thread.start()
        before = instance.hashes()
        busy = checks(instance, visited, lambda: time.time() >= until)
        hashed = instance.hashes() - before
        for thread in owners:
            thread.join()
        counts = {}
        for _ in strangers:
            for status, count in answers.get(timeout=120).items():
                counts[status] = counts.get(status, 0) + count
        for stranger in strangers:
            stranger.join()
        print(f"{options.strangers} strangers, {options.seconds} s: {sum(counts.values())} guesses, answers {counts}; "
              f"{hashed / options.seconds:.0f} hashes a second\n")
        print("| the owner with a … | signed in within 10 s | median, s | slowest, s |\n| --- | --- | --- | --- |")
        for kind, values in taken.items():
            good = sorted(seconds for is_good, seconds in values if is_good and seconds <= 10)
            shown = f"{statistics.median(good):.2f} | {good[-1]:.2f}" if good else "– | –"
            print(f"| {kind} | {len(good)} of {len(values)} | {shown} |")
        print(f"\np99 of checks {p99(idle):.1f} ms before ({len(idle)}), {p99(busy):.1f} ms meanwhile ({len(busy)})")
        return all(is_good and seconds <= 10 for kind in ("known browser", "live session") for is_good, seconds in taken[kind])
    finally:
        run.stop()


def rush(options):
    def people(run):
        made = run.hash()
        return [(f"user{n}", made, 1) for n in range(500)]

    run = Run(options, people, redis=True)
    try:
        instance = Instance(run, 0)
        _, cookies, _, _ = instance.sign_in(instance.form(), "user0", PASSWORD)
        session = next(line.split(";")[0] for line in cookies if line.startswith("gatehouse-local="))

        end = time.perf_counter() + 5
        idle = checks(instance, session, lambda: time.perf_counter() >= end)
        memory = memory_kib(instance.process.pid)["VmRSS"]
        forms = [instance.form() for _ in range(500)]
        peak = [memory]
        pool = concurrent.futures.ThreadPoolExecutor(500)
        sent = [pool.submit(instance.sign_in, forms[n], f"user{n}", PASSWORD, "192.0.2.1") for n in range(500)]

        def watch():
            while not all(one.done() for one in sent):
                peak.append(memory_kib(instance.process.pid)["VmRSS"])
                time.sleep(0.02)

        watcher = threading.Thread(target=watch)
        watcher.start()
        busy = checks(instance, session, lambda: all(one.done() for one in sent))
        watcher.join()
        answers = [one.result()[0] for one in sent]
        slow = [p99(values) for values in (idle, busy)]
        grown = (max(peak) - memory) / 1_024
        print(f"500 sign-ins at once: {answers.count(303)} signed in, {answers.count(503)} asked to come back; p99 of "
              f"checks {slow[0]:.1f} ms before ({len(idle)}), {slow[1]:.1f} ms meanwhile ({len(busy)}); memory "
              f"{memory / 1_024:.0f} MiB before, {grown:.0f} MiB more at most (hash budget: 256 MiB)")
        return slow[1] - slow[0] < 50 and grown <= 256
    finally:
        run.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="the folder of the release build")
    parser.add_argument("--timing", action="store_true")
    parser.add_argument("--guesses", action="store_true")
    parser.add_argument("--rush", action="store_true")
    parser.add_argument("--flood", action="store_true")
    parser.add_argument("--strangers", type=int, default=64, help="who guess at once, for --flood (default: 64)")
    parser.add_argument("--seconds", type=int, default=60, help="how long, for --flood (default: 60)")
    parser.add_argument("--samples", type=int, default=200, help="of each kind, for --timing (default: 200)")
    options = parser.parse_args()
    every = not (options.timing or options.guesses or options.rush or options.flood)
    results = [measure(options) for name, measure in (("timing", timing), ("guesses", guesses), ("rush", rush),
                                                      ("flood", flood))
               if every or getattr(options, name)]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
