"""Compares a check by Gatehouse, from memory and with Redis asked each time, with nginx answering a constant 200 with the same headers.

All run in turn with the same load, several rounds; the table shows medians. CPU is what the server's own processes used
(/proc/PID/stat), so that the load generator does not count. Everything listens on loopback and is stopped by pid.
"""
import argparse
import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import plot

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")

NGINX = """
worker_processes 1; daemon off; pid {dir}/nginx.pid; error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u;
  scgi_temp_path {dir}/s;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      add_header Cache-Control no-store; add_header Vary Cookie; add_header Remote-User user1;
      add_header Remote-Name "Some Body"; add_header Remote-Email some@example.com;
      add_header Remote-Groups "admins,staff";
      add_header Remote-Permissions "reports.change_report,reports.view_report"; add_header Remote-Superuser "";
      return 200;
    }}
  }}
}}
"""

GATEHOUSE = """
[portal]
url = "http://localhost:8080/_gatehouse"
listen = ["127.0.0.1:{portal}"]
[check]
listen = ["127.0.0.1:{check}"]
threads = 1    # as many as nginx has workers
[admin]
listen = ["127.0.0.1:{admin}"]
[keys]
lookup = "file:keys/lookup"
seal = "file:keys/seal"
[sessions]
store = "redis://127.0.0.1:{redis}/0"
cache = "{cache}"
[identity]
refresh = "23h"    # the people of the benchmark exist in Redis only
[[application]]
name = "app"
hosts = ["localhost:8080"]
scheme = "http"
groups = ["*"]
permissions = ["*"]
{rules}
  [[application.rule]]
  paths = ["/public/**"]
  allow = ["anyone"]
  [[application.rule]]
  allow = ["signed-in"]
"""


def other_rules(count):
    return "".join(f'[[application.rule]]\npaths = ["/area-{number}/{{id}}/**"]\nallow = ["group:none"]\n' for number in range(count))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port, what, process, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            sys.exit(f"{what} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.002)
    sys.exit(f"{what} does not answer on port {port}")


def cpu_us(pid):
    """User and system time of a process and its children that live, in microseconds."""
    pids = [pid] + [int(p) for p in open(f"/proc/{pid}/task/{pid}/children").read().split()]
    total = 0
    for one in pids:
        fields = open(f"/proc/{one}/stat").read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total * TICK_US


def memory_kib(pid):
    values = {}
    for line in open(f"/proc/{pid}/status"):
        key, _, value = line.partition(":")
        if key in ("VmRSS", "RssAnon"):
            values[key] = int(value.split()[0])
    return values


def load(port, connections, seconds, cookies):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", f"{HERE}/cookies.lua",
               f"http://127.0.0.1:{port}/auth/request", cookies]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next((line for line in text.splitlines() if line.startswith("RESULT")), None)
    if line is None:
        sys.exit(f"wrk printed no result:\n{text}")
    requests, duration, errors, p50, p99 = map(int, line.split()[1:])
    return {"requests": requests, "rps": requests / (duration / 1e6), "errors": errors, "p50": p50, "p99": p99}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=f"{ROOT}/.build/program/release", help="folder of the release build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--rules", type=int, default=0, help="about other paths, in front of those that decide")
    parser.add_argument("--plot", metavar="FOLDER", help="also draws check-cost-light.svg and check-cost-dark.svg there")
    options = parser.parse_args()
    for tool in ("redis-server", "nginx", "wrk"):
        if shutil.which(tool) is None and not os.path.exists(f"/usr/sbin/{tool}"):
            sys.exit(f"{tool} is missing: tools/bench installs it")
    with_processes(lambda folder, start: run(options, folder, start))


def with_processes(work):
    """Gives work a folder and a way to start processes, which end with it."""
    folder = tempfile.mkdtemp(prefix="gatehouse-bench-")
    processes = []

    def start(command, **more):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **more)
        processes.append(process)
        return process

    try:
        work(folder, start)
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def start_redis(start, folder, log):
    port = free_port()
    redis = start(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder],
                  stdout=log)
    wait_for(port, "redis-server", redis)
    return redis, port


def write_keys(folder):
    """The lookup key and the sealing key, in the folder where configurations beside it look for them."""
    os.mkdir(f"{folder}/keys", 0o700)
    lookup, seal = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    for name, text in (("lookup", lookup), ("seal", f"1:{seal}")):
        with open(os.open(f"{folder}/keys/{name}", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(text + "\n")
    return lookup, seal


def configuration(redis, cache="64MiB", rules=0):
    """The text of one, and the ports that it names."""
    ports = {name: free_port() for name in ("check", "portal", "admin")}
    return GATEHOUSE.format(rules=other_rules(rules), cache=cache, redis=redis, **ports), ports


def run(options, folder, start):
    log = open(f"{folder}/log", "w")
    redis, redis_port = start_redis(start, folder, log)
    ports = {"nginx": free_port()}
    open(f"{folder}/nginx.conf", "w").write(NGINX.format(dir=folder, port=ports["nginx"]))
    path = os.environ["PATH"] + ":/usr/sbin"
    nginx = start(["nginx", "-p", folder, "-c", f"{folder}/nginx.conf"], env={**os.environ, "PATH": path})
    wait_for(ports["nginx"], "nginx", nginx)

    lookup, seal = write_keys(folder)
    binary = f"{options.bin}/gatehouse"
    caches = {"gatehouse, from memory": "64MiB", "gatehouse, Redis each time": "0KiB"}
    gates = {}
    for number, (name, cache) in enumerate(caches.items()):
        config = f"{folder}/gatehouse-{number}.toml"
        text, gate = configuration(redis_port, cache, options.rules)
        with open(config, "w") as file:
            file.write(text)
        gates[name] = (["--config", config], gate["check"])
        if number == 0:
            subprocess.run([binary, "migrate", "--config", config], check=True, stdout=log)
    with open(f"{folder}/cookies", "w") as cookies:
        subprocess.run([f"{options.bin}/BenchmarkSessions", str(redis_port), lookup, seal, str(options.sessions)],
                       stdout=cookies, check=True)
    servers = {"nginx, constant 200": (nginx, ports["nginx"])}
    for name, (config, port) in gates.items():
        begin = time.monotonic()
        gatehouse = start([binary, "serve", *config], stderr=log)
        wait_for(port, name, gatehouse)
        started = (time.monotonic() - begin) * 1000
        servers[name] = (gatehouse, port)
    time.sleep(1)
    gatehouse = servers["gatehouse, from memory"][0]
    idle = memory_kib(gatehouse.pid)

    rows = {}
    for round_number in range(options.rounds + 1):
        for connections in (32, 256):
            for name, (process, port) in servers.items():
                before, redis_before = cpu_us(process.pid), cpu_us(redis.pid)
                seconds = 2 if round_number == 0 else options.seconds
                result = load(port, connections, seconds, f"{folder}/cookies")
                result["cpu"] = (cpu_us(process.pid) - before) / max(result["requests"], 1)
                result["redis"] = (cpu_us(redis.pid) - redis_before) / max(result["requests"], 1)
                if result["errors"]:
                    sys.exit(f"{name}: {result['errors']} errors at {connections} connections")
                if round_number > 0:
                    rows.setdefault((name, connections), []).append(result)
    report(rows, servers, options, started, idle, memory_kib(gatehouse.pid))


def report(rows, servers, options, started, idle, loaded):
    print(f"| server | connections | requests/s | CPU per request, µs | ratio | p50, ms | p99, ms | Redis' CPU, µs |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for connections in (32, 256):
        base = None
        for name in servers:
            results = rows[(name, connections)]

            def median(key):
                return statistics.median(result[key] for result in results)

            base = base or results
            ratio = statistics.median(a["cpu"] / b["cpu"] for a, b in zip(results, base))
            print(f"| {name} | {connections} | {median('rps'):,.0f} | {median('cpu'):.1f} | {ratio:.2f} | "
                  f"{median('p50') / 1000:.2f} | {median('p99') / 1000:.2f} | {median('redis'):.1f} |")
    if options.plot:
        draw(options.plot, {key: statistics.median(one["cpu"] for one in results) for key, results in rows.items()}, options)
    print()
    print(f"{options.rounds} rounds of {options.seconds} s, interleaved, medians; {options.sessions:,} rotating cookies, "
          f"{options.rules + 2:,} rules.")
    print(f"Start to first answer: {started:.0f} ms. RSS idle: {idle['VmRSS'] / 1024:.1f} MiB, of it anonymous "
          f"{idle['RssAnon'] / 1024:.1f} MiB; after the load {loaded['VmRSS'] / 1024:.1f} MiB.")


def draw(folder, cpu, options):
    """cpu: microseconds by name of the server and connections."""
    plot.write(
        folder, "check-cost", "CPU for one answer, in microseconds",
        "nginx answers a constant 200 · 32 and 256 connections · one thread each · shorter is better",
        [(f"{name.replace('gatehouse', 'Gatehouse').partition(', constant')[0]}, {connections}", value,
          f"{value:.1f} µs", is_ours)
         for connections in (32, 256) for (name, count), value in cpu.items() if count == connections
         for is_ours in [name.startswith("gatehouse")]])


if __name__ == "__main__":
    main()
