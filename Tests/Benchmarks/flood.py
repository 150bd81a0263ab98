"""A flood of guesses while the owner of an account signs in: `signin.py --flood`."""
import http.client
import multiprocessing
import re
import statistics
import threading
import time
import urllib.parse

from instances import PASSWORD, Instance, Run, checks, of, p99


def flooder(portal, number, addresses, until, answers):
    """Guesses at one name after another, from so many addresses, or each from another one (0); counts the answers."""
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
            place = (count + number) % addresses if addresses else count
            address = f"{11 if addresses else 11 + number % 80}.{place >> 16 & 255}.{place >> 8 & 255}.{place & 255}"
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
        strangers = [multiprocessing.Process(target=flooder, args=(
            instance.ports["portal"], n, options.addresses, until, answers))
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
        print(f"{options.strangers} strangers at {options.addresses or 'ever new'} addresses, {options.seconds} s: {sum(counts.values())} guesses, answers {counts}; "
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
