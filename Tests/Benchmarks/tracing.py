"""Measures what a check costs when it leaves a span, beside one that leaves none.

One daemon for each share of checks that are sampled, all with the same load in turn, several rounds; the table shows medians of all
CPU that the daemon's threads used, those that make batches of spans and send them included. A collector that only says "taken" listens
on loopback; everything is stopped by pid.
"""
import argparse
import http.server
import multiprocessing
import re
import statistics
import subprocess
import sys
import time
import urllib.request

import bench

SHARES = (None, 0, 0.25, 0.5)


class Collector(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def collect(port):
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Collector).serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=f"{bench.ROOT}/.build/program/release", help="folder of the release build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--sessions", type=int, default=100)
    options = parser.parse_args()
    bench.with_processes(lambda folder, start: run(options, folder, start))


def spans(port):
    """Exported, and dropped or lost."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        found = dict(re.findall(r'gatehouse_trace_spans_total\{outcome="(\w+)"\} (\d+)', answer.read().decode()))
    return int(found.pop("exported", 0)), sum(map(int, found.values()))


def run(options, folder, start):
    log = open(f"{folder}/log", "w")
    _, redis_port = bench.start_redis(start, folder, log)
    collector_port = bench.free_port()
    collector = multiprocessing.Process(target=collect, args=(collector_port,), daemon=True)
    collector.start()
    lookup, seal = bench.write_keys(folder)
    daemons = {}
    for share in SHARES:
        config = f"{folder}/{share}.toml"
        text, ports = bench.configuration(redis_port)
        with open(config, "w") as file:
            file.write(text)
            if share is not None:
                file.write(f'[tracing]\nendpoint = "http://127.0.0.1:{collector_port}"\nsample = {float(share)}\n')
        if share is None:
            subprocess.run([f"{options.bin}/gatehouse", "migrate", "--config", config], check=True, stdout=log)
            with open(f"{folder}/cookies", "w") as cookies:
                subprocess.run([f"{options.bin}/BenchmarkSessions", str(redis_port), lookup, seal, str(options.sessions)],
                               stdout=cookies, check=True)
        process = start([f"{options.bin}/gatehouse", "serve", "--config", config], stderr=log)
        bench.wait_for(ports["check"], "gatehouse", process)
        daemons[share] = (process, ports)

    rows = {share: [] for share in SHARES}
    for number in range(options.rounds + 1):
        for share, (process, ports) in daemons.items():
            before, (sent, lost) = bench.cpu_us(process.pid), spans(ports["admin"])
            result = bench.load(ports["check"], 32, 1 if number == 0 else options.seconds, f"{folder}/cookies")
            if result["errors"]:
                sys.exit(f"{share}: {result['errors']} errors")
            # What waits is a part of the cost, too.
            time.sleep(0.5)
            after = spans(ports["admin"])
            requests = max(result["requests"], 1)
            row = ((bench.cpu_us(process.pid) - before) / requests, (after[0] - sent) / requests, (after[1] - lost) / requests)
            if number > 0:
                rows[share].append(row)
    print("| sampled | CPU per check, µs | spans sent per check | lost |")
    print("| --- | ---: | ---: | ---: |")
    for share, results in rows.items():
        cpu, sent, lost = (statistics.median(row[index] for row in results) for index in range(3))
        name = "without [tracing]" if share is None else f"{share:.0%}"
        print(f"| {name} | {cpu:.2f} | {sent:.3f} | {lost:.3f} |")
    print()
    # In the same round, so that what the machine did meanwhile counts for both.
    for share in SHARES[2:]:
        more = [(row[0] - none[0]) / share for row, none in zip(rows[share], rows[None])]
        ratio = statistics.median(one / none[0] for one, none in zip(more, rows[None]))
        each = statistics.median(row[1] for row in rows[share]) / share
        print(f"A sampled check, at {share:.0%}: {statistics.median(more):.1f} µs more ({min(more):.1f} to {max(more):.1f}), "
              f"{ratio:.2f} of a check without; {each:.1f} spans.")
    print(f"{options.rounds} rounds of {options.seconds} s, interleaved; {options.sessions:,} sessions that are known, 32 connections.")


if __name__ == "__main__":
    main()
