"""A receiver of OTLP over HTTP that takes nothing but what the specification says, and a backend that keeps what it was told.

Usage: collector.py PORT FOLDER. What it took lies in FOLDER/spans, a line for each span; what it did not in FOLDER/refused; what
the backend was asked in FOLDER/asked. The first batch has to be sent again, after two seconds.
"""
import base64, http.server, json, re, sys, time
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

PORT, FOLDER = int(sys.argv[1]), sys.argv[2]
first = []


def keep(name, value):
    with open(f"{FOLDER}/{name}", "a") as file:
        file.write(json.dumps(value) + "\n")


def strict(value, path=""):
    """Looks at what OTLP has otherwise than Protobuf's own JSON, and makes the latter of it."""
    if isinstance(value, list):
        return [strict(one, path) for one in value]
    if not isinstance(value, dict):
        return value
    result = {}
    for key, one in value.items():
        place = f"{path}.{key}"
        assert re.fullmatch("[a-z][A-Za-z]*", key), f"{place}: no lowerCamelCase"
        if key in ("traceId", "spanId", "parentSpanId"):
            digits = 32 if key == "traceId" else 16
            assert re.fullmatch(f"[0-9a-f]{{{digits}}}", one) and int(one, 16), f"{place}: {one}"
            result[key] = base64.b64encode(bytes.fromhex(one)).decode()
        elif key in ("startTimeUnixNano", "endTimeUnixNano", "intValue"):
            assert isinstance(one, str) and one.isdigit(), f"{place}: 64-bit integers are texts"
            result[key] = one
        elif key in ("kind", "code"):
            assert isinstance(one, int), f"{place}: enumerations are numbers"
            result[key] = one
        else:
            result[key] = strict(one, place)
    return result


def plain(attributes):
    return {a["key"]: next(iter(a["value"].values())) for a in attributes}


def take(body, headers):
    document = json.loads(body)
    message = trace_service_pb2.ExportTraceServiceRequest()
    json_format.ParseDict(strict(document), message, ignore_unknown_fields=False)
    for resource in document["resourceSpans"]:
        about = plain(resource["resource"]["attributes"])
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                begin, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
                assert begin <= end <= (time.time() + 1) * 1e9 and begin > (time.time() - 3600) * 1e9, "times"
                keep("spans", {
                    "trace": span["traceId"], "id": span["spanId"], "parent": span.get("parentSpanId", ""),
                    "name": span["name"], "kind": span["kind"], "failed": "status" in span,
                    "facts": {key: str(value) for key, value in plain(span["attributes"]).items()},
                    "resource": about, "tenant": headers.get("X-Scope-OrgID", ""),
                    "authorization": headers.get("Authorization", ""), "waited": time.monotonic() - first[0],
                })


class Collector(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/people":
            keep("asked", {name: self.headers.get(name, "") for name in ("traceparent", "tracestate")})
            return self.answer(200, {"result": "authenticated", "user": {"id": "7", "name": "hanna"}})
        if json.loads(body) == {"resourceSpans": []}:
            return self.answer(200, {})
        if not first:
            first.append(time.monotonic())
            return self.answer(503, {}, [("Retry-After", "2")])
        try:
            assert self.path == "/otlp/v1/traces" and self.headers["Content-Type"] == "application/json"
            take(body, self.headers)
            self.answer(200, {"partialSuccess": {}})
        except Exception as error:
            keep("refused", {"error": repr(error), "path": self.path, "body": body.decode(errors="replace")})
            self.answer(400, {"message": str(error)})

    def answer(self, status, document, headers=()):
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Collector).serve_forever()
