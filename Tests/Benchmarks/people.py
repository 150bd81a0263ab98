"""Measures sign-in, listings and checks with very many people: 100,000 users, 1,000 groups and 10,000 permissions.

The rows are written straight into the tables that `gatehouse migrate` made, on SQLite or on a PostgreSQL server that this
program starts itself. Everything listens on loopback and is stopped by pid.
"""
import argparse
import http.client
import os
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

from bench import free_port, memory_kib, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
POSTGRES = "/usr/lib/postgresql"

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
url = "{database}"
[sessions]
store = "sqlite:sessions.db"
[[application]]
name = "app"
hosts = ["localhost"]
scheme = "http"
groups = ["group 7"]
permissions = ["reports.*"]
  [[application.rule]]
  paths = ["/reports/**"]
  allow = ["permission:reports.view_report"]
  [[application.rule]]
  allow = ["signed-in"]
"""
PASSWORD = "one of a hundred thousand"


def rows(options):
    """Yields (table, columns, rows) of everything there is beside the one person who signs in."""
    users, groups, permissions = options.users, options.groups, options.permissions
    pick = random.Random(1).randrange
    apps = 100
    first = 1_000
    yield "django_content_type", "id, app_label, model", (
        (first + n, f"app{n % apps}", f"thing{n // apps}") for n in range(permissions))
    yield "auth_permission", "id, content_type_id, codename, name", (
        (first + n, first + n, f"view_thing{n // apps}", f"Can view thing {n // apps}") for n in range(permissions))
    yield "auth_group", "id, name", ((first + n, f"group {n}") for n in range(groups))
    yield "auth_group_permissions", "group_id, permission_id", (
        (first + n, first + (n * 37 + k * 11) % permissions) for n in range(groups) for k in range(50))
    yield "auth_user", ("id, password, is_superuser, username, last_name, email, is_staff, is_active, date_joined, "
                        "first_name"), (
        (first + n, "!", False, f"user{n}", "Somebody", f"user{n}@example.com", False, n % 50 != 0,
         "2026-01-01 00:00:00+00" if options.database == "postgresql" else "2026-01-01 00:00:00", "Some")
        for n in range(users))
    yield "auth_user_groups", "user_id, group_id", (
        (first + n, first + (base + k * 97) % groups)
        for n, base in ((n, pick(groups)) for n in range(users)) for k in range(5))
    yield "auth_user_user_permissions", "user_id, permission_id", (
        (first + n, first + (n * 3 + k * 1_009) % permissions) for n in range(users) for k in range(2))


def fill_sqlite(path, options):
    database = sqlite3.connect(path)
    for table, columns, values in rows(options):
        marks = ", ".join("?" for _ in columns.split(","))
        database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)
    database.commit()
    database.execute("ANALYZE")
    database.close()


def fill_postgresql(psql, options):
    process = subprocess.Popen(psql, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    for table, columns, values in rows(options):
        process.stdin.write(f"COPY {table} ({columns}) FROM STDIN;\n")
        for row in values:
            process.stdin.write("\t".join({True: "t", False: "f"}.get(v, str(v)) if isinstance(v, bool) else str(v)
                                          for v in row) + "\n")
        process.stdin.write("\\.\n")
        if columns.startswith("id"):
            process.stdin.write(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 10000000);\n")
    process.stdin.write("ANALYZE;\n")
    process.stdin.close()
    if process.wait() != 0:
        sys.exit("psql could not fill the tables")


def start_postgresql(folder, start):
    versions = sorted(os.listdir(POSTGRES)) if os.path.isdir(POSTGRES) else []
    if not versions:
        sys.exit("postgresql is missing: apt-get install postgresql")
    bin = f"{POSTGRES}/{versions[-1]}/bin"
    data = tempfile.mkdtemp(prefix="gatehouse-postgres-")
    port = free_port()
    run_as = []
    if os.getuid() == 0:
        # PostgreSQL refuses to run as root.
        shutil.chown(data, "nobody", "nogroup")
        run_as = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    subprocess.run([*run_as, f"{bin}/initdb", "-D", data, "-U", "gatehouse", "-A", "trust", "--no-sync", "-E", "UTF8",
                    "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    process = start([*run_as, f"{bin}/postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", "",
                     "-F"], cwd="/", stderr=subprocess.DEVNULL)
    wait_for(port, "postgres", process)
    url = f"postgresql://gatehouse@127.0.0.1:{port}/postgres"
    for _ in range(50):
        if subprocess.run([f"{bin}/psql", url, "-qc", "SELECT 1"], capture_output=True).returncode == 0:
            return url, [f"{bin}/psql", "-q", "-v", "ON_ERROR_STOP=1", url], data
        time.sleep(0.1)
    sys.exit("postgres does not answer")


def timed(command, repeat=3):
    """The median seconds of a command, and the octets that it printed."""
    times = []
    for _ in range(repeat):
        begin = time.monotonic()
        result = subprocess.run(command, capture_output=True)
        times.append(time.monotonic() - begin)
        if result.returncode not in (0, 1):
            sys.exit(f"{' '.join(command)}: {result.stderr.decode()}")
    return statistics.median(times), len(result.stdout)


def sign_in(port, name):
    """Signs in as a browser does; the seconds that the answer took, and the session cookie."""
    connection = http.client.HTTPConnection("localhost", port, timeout=30)
    connection.request("GET", "/login", headers={"Accept": "text/html"})
    page = connection.getresponse()
    text = page.read().decode()
    token = re.search(r'name="token"[^>]*value="([^"]+)"', text).group(1)
    cookie = page.getheader("Set-Cookie").split(";")[0]
    begin = time.monotonic()
    connection.request("POST", "/login", urllib.parse.urlencode({"token": token, "name": name, "password": PASSWORD}), {
        "Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie, "Origin": f"http://localhost:{port}",
        "Sec-Fetch-Site": "same-origin"})
    answer = connection.getresponse()
    answer.read()
    seconds = time.monotonic() - begin
    if answer.status != 303:
        sys.exit(f"signing in: {answer.status}")
    cookies = [value.split(";")[0] for key, value in answer.getheaders() if key.lower() == "set-cookie"]
    return seconds, next(one for one in cookies if one.startswith("gatehouse-local="))


def check(port, cookie, count=2_000):
    """The median and the 99th percentile of one check after another on one connection, in milliseconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    times = []
    for _ in range(count):
        begin = time.monotonic()
        connection.request("GET", "/auth/request", headers={
            "X-Original-Method": "GET", "X-Original-URL": "http://localhost/reports/1", "X-Forwarded-For": "127.0.0.1",
            "Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        times.append((time.monotonic() - begin) * 1_000)
        if answer.status != 200:
            sys.exit(f"check: {answer.status}")
    times.sort()
    return times[len(times) // 2], times[len(times) * 99 // 100]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=f"{ROOT}/.build/program/release", help="folder of the release build")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--groups", type=int, default=1_000)
    parser.add_argument("--permissions", type=int, default=10_000)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="gatehouse-people-")
    processes, folders = [], [folder]

    def start(command, **more):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **more)
        processes.append(process)
        return process

    try:
        run(options, folder, folders, start)
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in reversed(processes):
            process.wait(20)
        for one in folders:
            shutil.rmtree(one, ignore_errors=True)


def run(options, folder, folders, start):
    binary = f"{options.bin}/gatehouse"
    url, psql = "sqlite:people.db", None
    if options.database == "postgresql":
        url, psql, data = start_postgresql(folder, start)
        folders.append(data)
    ports = {name: free_port() for name in ("check", "portal", "admin")}
    os.mkdir(f"{folder}/keys", 0o700)
    for name, text in (("lookup", "k" * 43), ("seal", "1:" + "s" * 43)):
        with open(os.open(f"{folder}/keys/{name}", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(text + "\n")
    with open(f"{folder}/gatehouse.toml", "w") as file:
        file.write(CONFIG.format(**ports, database=url))
    config = ["--config", f"{folder}/gatehouse.toml"]
    subprocess.run([binary, "migrate", *config], check=True, stdout=subprocess.DEVNULL)
    begin = time.monotonic()
    fill_sqlite(f"{folder}/people.db", options) if psql is None else fill_postgresql(psql, options)
    filled = time.monotonic() - begin
    password = f"{folder}/password"
    with open(password, "w") as file:
        file.write(PASSWORD + "\n")
    begin = time.monotonic()
    subprocess.run([binary, "user", "add", "alice", "--password-file", password, "--add-group", "group 7", "--grant",
                    "reports.view_report", "--create", *config], check=True, stdout=subprocess.DEVNULL)
    added = time.monotonic() - begin
    with open(f"{folder}/log", "w") as log:
        gatehouse = start([binary, "serve", *config], stderr=log)
    wait_for(ports["portal"], "gatehouse", gatehouse)
    wait_for(ports["check"], "gatehouse", gatehouse)
    signed_in = [sign_in(ports["portal"], "alice") for _ in range(9)]
    cookie = signed_in[-1][1]
    p50, p99 = check(ports["check"], cookie)
    hashing, _ = timed([binary, "hash", "make", "--password-file", password, *config])
    print(f"{options.database}: {options.users:,} users, {options.groups:,} groups, {options.permissions:,} permissions "
          f"(written in {filled:.1f} s)\n")
    print("| what | median |\n| --- | ---: |")
    print(f"| `user add` | {added * 1000:.0f} ms |")
    print(f"| sign-in, the password's hash included | {statistics.median(s for s, _ in signed_in) * 1000:.0f} ms |")
    print(f"| `hash make` alone, as a process | {hashing * 1000:.0f} ms |")
    print(f"| check, one after the other | {p50:.2f} ms (p99 {p99:.2f} ms) |")
    for label, command in (
            ("`user list --json`, everybody", ["user", "list", "--json"]),
            ("`user list --group 'group 7'`", ["user", "list", "--group", "group 7"]),
            ("`user show user4711`", ["user", "show", "user4711"]),
            ("`who-can app7.view_thing7`", ["who-can", "app7.view_thing7"]),
            ("`permission check user4711 app7.view_thing7`", ["permission", "check", "user4711", "app7.view_thing7"]),
            ("`group list`", ["group", "list"]),
            ("`permission list`", ["permission", "list"])):
        seconds, octets = timed([binary, *command, *config])
        print(f"| {label} | {seconds * 1000:.0f} ms ({octets:,} octets) |")
    print(f"\nRSS of the daemon: {memory_kib(gatehouse.pid)['VmRSS'] / 1024:.1f} MiB.")


if __name__ == "__main__":
    main()
