"""An OpenID provider of the tests: well-behaved until a test says otherwise, and then wrong in exactly that.

Usage: hostile_provider.py FOLDER PORT CONTROL_PORT [CERTIFICATE KEY HOST]

Only the standard library and the program `openssl` are needed. What the control port is told is a JSON object, merged into what
was said before: POST /behave, POST /reset (well-behaved again), POST /rotate (other keys), POST /logout (sends a back-channel
message), GET /requests (what came to the provider so far).
"""
import base64, hashlib, http.client, json, os, secrets, ssl, subprocess, sys, tempfile, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote_plus, urlencode, urlsplit

folder, port, control_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
certificate = sys.argv[4:6]
issuer = f"https://{sys.argv[6]}:{port}" if certificate else f"http://127.0.0.1:{port}"
lock = threading.Lock()


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def openssl(*arguments, data=None):
    return subprocess.run(("openssl",) + arguments, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


class Key:
    """A key pair that openssl made: RSA of 2048 bits, P-256 or Ed25519."""

    KINDS = {
        "RSA": ("RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
        "EC": ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
        "OKP": ("ED25519",),
    }

    def __init__(self, kind):
        self.kind, self.id = kind, f"{kind.lower()}-{secrets.token_hex(4)}"
        self.path = os.path.join(folder, self.id + ".pem")
        openssl("genpkey", "-algorithm", *Key.KINDS[kind], "-out", self.path)
        public = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        self.jwk = {"kty": kind, "kid": self.id, "use": "sig"}
        if kind == "RSA":
            modulus = openssl("rsa", "-in", self.path, "-noout", "-modulus").decode().strip().split("=")[1]
            self.jwk.update(n=b64(bytes.fromhex(modulus)), e="AQAB")
        elif kind == "EC":
            self.jwk.update(crv="P-256", x=b64(public[-64:-32]), y=b64(public[-32:]))
        else:
            self.jwk.update(crv="Ed25519", x=b64(public[-32:]))

    def sign(self, algorithm, data):
        if self.kind == "OKP":
            with tempfile.NamedTemporaryFile(dir=folder) as file:
                file.write(data)
                file.flush()
                return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", file.name)
        pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] if algorithm[:2] == "PS" else []
        signature = openssl("dgst", "-sha" + (algorithm[2:] or "256"), "-sign", self.path, *pss, data=data)
        return signature if self.kind == "RSA" else Key.pair(signature)

    @staticmethod
    def pair(der):
        """The two numbers of an ECDSA signature, each in 32 octets."""
        first = 4 + der[3]
        numbers = der[4:first], der[first + 2:first + 2 + der[first + 1]]
        return b"".join(number.lstrip(b"\0").rjust(32, b"\0") for number in numbers)


KIND_OF = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP", "HS": "EC", "no": "EC"}
PERSON = {
    "sub": "alice-1", "preferred_username": "alice", "name": "Alice Adams", "email": "alice@example.com", "email_verified": True,
    "groups": ["users"],
}
keys, strangers = {}, {}
state = {}


def make_keys():
    for kind in Key.KINDS:
        keys[kind], strangers[kind] = Key(kind), Key(kind)


def reset():
    state.clear()
    state.update(behave={}, codes={}, access={}, refresh={}, requests=[], cookies=0)


def said(*path):
    """What a test said about something, None if nothing."""
    value = state["behave"]
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def merged(members, changes):
    """Members with those of a test over them: null leaves one out, {"now": n} is the time, {"json": x} is x whatever it is."""
    members = dict(members)
    for name, value in (changes or {}).items():
        if value is None:
            members.pop(name, None)
        elif isinstance(value, dict) and set(value) == {"now"}:
            members[name] = int(time.time()) + value["now"]
        elif isinstance(value, dict) and set(value) == {"json"}:
            members[name] = value["json"]
        else:
            members[name] = value
    return members


def token(claims, kind="id", typ="JWT"):
    """A signed token, with everything about it that a test wants to be wrong."""
    algorithm = said(kind, "alg") or "ES256"
    key = keys[KIND_OF[algorithm[:2]]]
    header = merged({"alg": algorithm, "typ": typ, "kid": key.id}, said(kind, "header"))
    raw = said(kind, "raw")
    if raw is not None:
        return raw
    payload = said(kind, "payload") or json.dumps(merged(claims, said(kind, "claims")))
    signed = (b64(json.dumps(header).encode()) + "." + b64(payload.encode())).encode()
    how = said(kind, "signature")
    if how == "none":
        signature = b""
    elif how == "zero":
        signature = bytes(64)
    elif how == "hmac":
        signature = __import__("hmac").new(b"secret", signed, "sha256").digest()
    else:
        signature = (strangers[key.kind] if how == "stranger" else key).sign(algorithm, signed)
        if how == "flipped":
            signature = bytes([signature[0] ^ 1]) + signature[1:]
    return signed.decode() + "." + b64(signature)


def person():
    return merged(PERSON, said("person"))


def id_token(grant, access, nonce=True):
    digest = hashlib.sha512 if (said("id", "alg") or "") == "EdDSA" else hashlib.sha256
    digest = digest(access.encode()).digest()
    now = int(time.time())
    claims = dict(
        person(), iss=issuer, aud="gatehouse", iat=now, exp=now + 300, auth_time=grant["time"], sid=grant["sid"], amr=["pwd"],
        at_hash=b64(digest[:len(digest) // 2]))
    if nonce and grant.get("nonce"):
        claims["nonce"] = grant["nonce"]
    if said("minimal"):
        claims = {name: claims[name] for name in claims if name not in ("preferred_username", "name", "email", "email_verified", "groups")}
    return token(claims)


def token_answer(grant, nonce=True):
    access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    state["access"][access], state["refresh"][refresh] = grant, grant
    answer = {
        "access_token": access, "token_type": "Bearer", "expires_in": 300, "refresh_token": refresh,
        "id_token": id_token(grant, access, nonce),
    }
    return 200, merged(answer, said("answer"))


def granted(form, authorization):
    """The token endpoint: 400 or 401 for whatever a provider has to refuse."""
    name, secret = form.get("client_id"), form.get("client_secret")
    if authorization.startswith("Basic "):
        name, secret = (unquote_plus(part) for part in base64.b64decode(authorization[6:]).decode().split(":", 1))
    if (name, secret) != ("gatehouse", said("secret") or "secret"):
        return 401, {"error": "invalid_client"}
    if form.get("grant_type") == "refresh_token":
        with lock:
            grant = state["refresh"].pop(form.get("refresh_token"), None)
        return token_answer(grant, nonce=False) if grant else (400, {"error": "invalid_grant"})
    with lock:
        grant = state["codes"].pop(form.get("code"), None)
    challenge = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
    if form.get("grant_type") != "authorization_code" or not grant:
        return 400, {"error": "invalid_grant"}
    if form.get("redirect_uri") != grant["redirect_uri"] or challenge != grant["challenge"] and not said("no_pkce"):
        return 400, {"error": "invalid_grant"}
    return token_answer(grant)


class Provider(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.serve({})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.serve({name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()})

    def serve(self, form):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        names = {"/.well-known/openid-configuration": "discovery"}
        name = names.get(parts.path, parts.path.strip("/"))
        state["requests"].append({"to": name, "method": self.command, "query": query, "form": form, "headers": dict(self.headers)})
        handler = getattr(self, "serve_" + name, None)
        if not handler:
            return self.answer(404, {"error": "not_found"}, name)
        handler(query, form)

    def answer(self, status, document, name, media="application/json", headers=None):
        """Answers, unless the test wants another answer there."""
        wanted = said("respond", name) or {}
        time.sleep(wanted.get("delay", 0))
        if wanted.get("close"):
            return self.connection.close()
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        if "body" in wanted:
            body = wanted["body"].encode()
        body += b" " * wanted.get("padding", 0)
        self.send_response(wanted.get("status", status))
        for header, value in dict(headers or {}, **wanted.get("headers", {})).items():
            self.send_header(header, value)
        if "redirect" in wanted:
            self.send_header("Location", wanted["redirect"])
        if body or media:
            self.send_header("Content-Type", wanted.get("type", media))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for start in range(0, len(body), 65536):
            self.wfile.write(body[start:start + 65536])
            self.wfile.flush()
            time.sleep(wanted.get("trickle", 0))

    def serve_discovery(self, query, form):
        names = {
            "authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo", "jwks_uri": "jwks",
            "end_session_endpoint": "signout", "revocation_endpoint": "revoke",
        }
        document = {name: f"{issuer}/{path}" for name, path in names.items()}
        document.update(
            issuer=issuer, response_types_supported=["code"], subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["RS256", "PS256", "ES256", "EdDSA"], code_challenge_methods_supported=["S256"],
            token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
            authorization_response_iss_parameter_supported=True, backchannel_logout_supported=True)
        self.answer(200, merged(document, said("discovery")), "discovery")

    def serve_jwks(self, query, form):
        document = {"keys": [key.jwk for key in keys.values()]}
        self.answer(200, merged(document, said("keys")), "jwks", headers={"Cache-Control": "max-age=3600"})

    def serve_authorize(self, query, form):
        """Lets everybody in at once, as `person` says."""
        code = secrets.token_urlsafe(16)
        with lock:
            state["codes"][code] = {
                "redirect_uri": query.get("redirect_uri"), "challenge": query.get("code_challenge"), "nonce": query.get("nonce"),
                "time": int(time.time()), "sid": secrets.token_urlsafe(8),
            }
        answer = merged({"code": code, "state": query.get("state"), "iss": issuer}, said("authorize"))
        target = said("callback") or query.get("redirect_uri") or issuer
        if query.get("response_mode") == "form_post" or said("form_post"):
            fields = "".join(f'<input type=hidden name="{name}" value="{value}">' for name, value in answer.items())
            page = f'<body onload="document.forms[0].submit()"><form method=post action="{target}">{fields}<button>On</button></form>'
            return self.answer(200, page.encode(), "authorize", media="text/html")
        query = urlencode(answer) + (said("extra_query") or "")
        self.answer(303, b"", "authorize", media="", headers={"Location": target + "?" + query})

    def serve_token(self, query, form):
        status, document = granted(form, self.headers.get("Authorization") or "")
        self.answer(status, document, "token", headers={"Cache-Control": "no-store"})

    def serve_userinfo(self, query, form):
        bearer = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if bearer not in state["access"]:
            return self.answer(401, {"error": "invalid_token"}, "userinfo", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        self.answer(200, merged(person(), said("userinfo")), "userinfo")

    def serve_signout(self, query, form):
        target = query.get("post_logout_redirect_uri")
        if not target:
            return self.answer(200, b"signed out", "signout", media="text/plain")
        suffix = "?state=" + quote(query["state"]) if "state" in query else ""
        self.answer(303, b"", "signout", media="", headers={"Location": target + suffix})

    def serve_revoke(self, query, form):
        with lock:
            state["access"].pop(form.get("token"), None)
            state["refresh"].pop(form.get("token"), None)
        self.answer(200, {}, "revoke")


class Control(BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.reply(state["requests"] if self.path == "/requests" else {"issuer": issuer})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if self.path == "/reset":
            reset()
        elif self.path == "/rotate":
            make_keys()
        elif self.path == "/behave":
            state["behave"].update(body)
        elif self.path == "/logout":
            return self.reply({"status": self.sign_out(body)})
        self.reply({})

    def sign_out(self, body):
        """Sends a message that somebody signed out; what is wrong with it stands in `logout` of what a test said."""
        now = int(time.time())
        claims = {
            "iss": issuer, "aud": "gatehouse", "iat": now, "exp": now + 120, "jti": secrets.token_urlsafe(12), "sub": person()["sub"],
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        message = body.get("token") or token(merged(claims, body.get("claims")), "logout", "logout+jwt")
        parts = urlsplit(body["to"])
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if "host" in body:
            headers["Host"] = body["host"]
        connection.request("POST", parts.path, urlencode({"logout_token": message}), headers)
        return connection.getresponse().status

    def reply(self, document):
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


reset()
make_keys()
provider = Server(("127.0.0.1", port), Provider)
if certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    provider.socket = context.wrap_socket(provider.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=provider.serve_forever, daemon=True).start()
Server(("127.0.0.1", control_port), Control).serve_forever()
