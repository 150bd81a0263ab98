"""Measures what strangers learn from failed sign-ins, what guessing costs, and what sign-ins do to checks.

--timing   the medians of failed sign-ins for unknown, wrong, unusable, inactive, old-cost, Authelia's and refused hashes, interleaved
--guesses  100 guesses at once against one account, on one and on two instances that share Redis
--rush     500 sign-ins at once beside checks: the checks' p99 and the daemon's memory, before and meanwhile
--flood    wrong guesses and made-up names from changing addresses while the owner signs in: with a known browser, with a live
           session, and with a new one; and the checks' p99 meanwhile

Everything listens on loopback and is stopped by pid.
"""
import argparse
import base64
import concurrent.futures
import hashlib
import re
import statistics
import sys
import threading
import time

from bench import memory_kib
from flood import flood
from instances import PASSWORD, Instance, Run, checks, p99


def old_hash():
    """PBKDF2 with 390,000 rounds, as Django 4.1 made it: another algorithm and another cost."""
    digest = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"0123456789abcdefABCDEF", 390_000)
    return f"pbkdf2_sha256$390000$0123456789abcdefABCDEF${base64.b64encode(digest).decode()}"


def authelia_hash():
    """PBKDF2 with SHA-512, as Authelia makes it, shortened as an import keeps it."""
    def text(octets):
        return base64.b64encode(octets).decode().rstrip("=").replace("+", ".")
    digest = hashlib.pbkdf2_hmac("sha512", PASSWORD.encode(), b"0123456789abcdef", 310_000)
    return f"$pbkdf2-sha512$310000${text(b'0123456789abcdef')}${text(digest[:33])}"


def masked(page, name):
    return re.sub(r'name="token" value="[^"]+"', "", page.replace(name, "NAME"))


def timing(options):
    kinds = ["unknown", "wrong", "unusable", "inactive", "old-cost", "authelia", "refused"]
    accounts = 50

    def people(run):
        good, old, authelia = run.hash(), old_hash(), authelia_hash()
        for n in range(accounts):
            yield f"wrong{n}", good, 1
            yield f"unusable{n}", "!" + "x" * 40, 1
            yield f"inactive{n}", good, 0
            yield f"old-cost{n}", old, 1
            yield f"authelia{n}", authelia, 1
            yield f"refused{n}", "$argon2id$v=19$m=1048576,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", 1

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
    parser.add_argument("--addresses", type=int, default=0, help="of how many, for --flood (default: 0, each another)")
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
