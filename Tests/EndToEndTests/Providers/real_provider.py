"""Starts a real OpenID provider of the tests on loopback, with one client and one person; ends it with itself.

Usage: real_provider.py NAME FOLDER PORT REDIRECT_URI SIGNED_OUT_URI BACKCHANNEL_URI

NAME is glewlwyd, lemonldap, django, canaille or mock. The client is `gatehouse` with the secret `gatehouse-secret`; who signs in there
stands with the issuer in FOLDER/ready.json, which is written once everything is set up.
"""
import ctypes, gzip, http.cookiejar, json, os, pathlib, shutil, signal, sqlite3, subprocess, sys, time, urllib.error, urllib.request

name, folder, port = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
redirect, signed_out, backchannel = sys.argv[4:7]
base = f"http://127.0.0.1:{port}"
client, secret = "gatehouse", "gatehouse-secret"
here = pathlib.Path(__file__).resolve().parent
tools = pathlib.Path(os.environ.get("TEST_PROVIDERS", ".build/test-tools"))


def run(*command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command[:6]))}: {result.stdout.decode(errors='replace')}")
    return result.stdout.decode()


def serve(*command, **options):
    """Starts the server, which is told to end when this program does, however that ends."""
    die = lambda: ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die, **options)


def wait(process, url):
    # However slow the machine is.
    for _ in range(5_400):
        if process.poll() is not None:
            sys.exit(f"{name} ended with {process.returncode}")
        try:
            return json.load(urllib.request.urlopen(url, timeout=5))
        except (OSError, ValueError):
            time.sleep(0.05)
    sys.exit(f"{name} does not answer at {url}")


def keys(kind):
    """A new key pair as PEM."""
    curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    private = folder / "key.pem"
    run("openssl", "genpkey", *(curve if kind == "EC" else ["-algorithm", "RSA"]), "-out", private)
    return private.read_text(), run("openssl", "pkey", "-in", private, "-pubout")


def glewlwyd():
    share = pathlib.Path("/usr/share/doc/glewlwyd")
    database = folder / "glewlwyd.db"
    connection = sqlite3.connect(database)
    several = '{"multiple":true,"read":true,"write":true}'
    # Where people may be sent to after a sign-out is no property of clients yet.
    connection.executescript(gzip.open(share / "database/init.sqlite3.sql.gz", "rt").read().replace(
        f'"redirect_uri":{several}', f'"redirect_uri":{several},"post_logout_redirect_uris":{several}'))
    connection.close()
    (folder / "none").mkdir()
    # Debian's package has a folder where its pages look for their settings, and links to scripts that the server does not follow.
    pages = folder / "webapp"
    shutil.copytree("/usr/share/glewlwyd/webapp", pages, ignore=shutil.ignore_patterns("config.json"))
    shutil.copy("/usr/share/glewlwyd/templates/config.json", pages)
    lines, changes = [], {
        "port": str(port), "external_url": f'"{base}"', "cookie_domain": '"127.0.0.1"', "cookie_secure": "0",
        "log_mode": '"console"', "log_level": '"WARNING"', "static_files_path": f'"{pages}/"',
        "user_middleware_module_path": f'"{folder}/none"',
    }
    for line in gzip.open(share / "glewlwyd.conf.sample.gz", "rt"):
        key = line.split("=")[0].strip()
        if key == "path":
            line = f'  path = "{database}"\n'
        elif key in changes:
            line = f"{key}={changes[key]}\n"
        lines.append(line)
    configuration = folder / "glewlwyd.conf"
    configuration.write_text('bind_address="127.0.0.1"\n' + "".join(lines))
    server = serve("glewlwyd", f"--config-file={configuration}")
    wait(server, f"{base}/config")

    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def ask(method, path, body):
        request = urllib.request.Request(
            f"{base}/api/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
        try:
            opener.open(request, timeout=10).read()
        except urllib.error.HTTPError as error:
            sys.exit(f"glewlwyd: {method} {path}: {error.code} {error.read().decode()}")

    ask("POST", "auth/", {"username": "admin", "password": "password"})
    private, public = keys("EC")
    issuer = f"{base}/api/oidc"
    ask("POST", "mod/plugin/", {
        "module": "oidc", "name": "oidc", "display_name": "OpenID Connect", "parameters": {
            "iss": issuer, "jwt-type": "ecdsa", "jwt-key-size": "256", "key": private, "cert": public,
            "access-token-duration": 3600, "refresh-token-duration": 86400, "code-duration": 600, "refresh-token-rolling": True,
            "allow-non-oidc": True, "auth-type-code-enabled": True, "auth-type-refresh-enabled": True, "auth-type-token-enabled": False,
            "auth-type-id-token-enabled": False, "auth-type-none-enabled": False, "auth-type-password-enabled": False,
            "auth-type-client-enabled": False, "auth-type-device-enabled": False, "scope": [], "additional-parameters": [],
            "claims": [{"name": "preferred_username", "user-property": "username", "type": "string", "mandatory": True}],
            "service-documentation": base, "op-policy-uri": "", "op-tos-uri": "", "jwks-show": True,
            "jwks-x5c": [], "request-parameter-allow": False, "subject-type": "public", "name-claim": "mandatory",
            "email-claim": "mandatory", "pkce-allowed": True, "pkce-required": True, "pkce-method-plain-allowed": False,
            "session-management-allowed": True, "front-channel-logout-allowed": True, "back-channel-logout-allowed": True,
            "session-cookie-name": "GLEWLWYD2_OIDC_SID", "session-cookie-expiration": 2419200,
        }})
    ask("POST", "client/", {
        "client_id": client, "name": "Gatehouse", "confidential": True, "enabled": True, "password": secret, "client_secret": secret,
        "redirect_uri": [redirect], "authorization_type": ["code", "refresh_token"],
        "token_endpoint_auth_method": ["client_secret_basic"], "backchannel_logout_uri": backchannel,
        "backchannel_logout_session_required": "true", "post_logout_redirect_uris": [signed_out],
    })
    ask("POST", "user/", {
        "username": "alice", "name": "Alice Adams", "email": "alice@example.com", "password": "alice secret 1", "enabled": True,
        "scope": ["openid"],
    })
    return server, issuer, "alice", "alice secret 1"


def lemonldap():
    configuration = json.loads(pathlib.Path("/var/lib/lemonldap-ng/conf/lmConf-1.json").read_text())
    for place in ("conf", "sessions/lock", "psessions/lock", "cache", "notifications", "captcha", "tmp"):
        (folder / place).mkdir(parents=True)
    private, public = keys("RSA")
    options = lambda place: {"Directory": str(folder / place), "LockDirectory": str(folder / place / "lock")}
    configuration.update(
        portal=base + "/", domain="127.0.0.1", key="a-key-of-the-tests", securedCookie=0, registerDB="Null",
        portalDisplayRegister=0, portalDisplayResetPassword=0, issuerDBOpenIDConnectActivation=1, notification=0,
        oidcServicePrivateKeySig=private, oidcServicePublicKeySig=public, oidcServiceKeyIdSig="key-1",
        oidcServiceMetaDataIssuer=base, oidcServiceMetaDataAuthorizeURI="authorize", oidcServiceMetaDataTokenURI="token",
        oidcServiceMetaDataUserInfoURI="userinfo", oidcServiceMetaDataJWKSURI="jwks", oidcServiceMetaDataEndSessionURI="logout",
        oidcServiceAllowAuthorizationCodeFlow=1, oidcServiceIgnoreScopeForClaims=1, groups={"people": "$uid"},
        persistentStorageOptions=options("psessions"), notificationStorageOptions={"dirName": str(folder / "notifications")},
        globalStorageOptions=dict(
            options("sessions"), generateModule="Lemonldap::NG::Common::Apache::Session::Generate::SHA256"),
        oidcRPMetaDataOptions={"gh": {
            "oidcRPMetaDataOptionsClientID": client, "oidcRPMetaDataOptionsClientSecret": secret,
            "oidcRPMetaDataOptionsRedirectUris": redirect, "oidcRPMetaDataOptionsPostLogoutRedirectUris": signed_out,
            "oidcRPMetaDataOptionsIDTokenSignAlg": "RS256", "oidcRPMetaDataOptionsBypassConsent": 1,
            "oidcRPMetaDataOptionsRefreshToken": 1, "oidcRPMetaDataOptionsIDTokenForceClaims": 1,
            "oidcRPMetaDataOptionsRequirePKCE": 1,
        }},
        oidcRPMetaDataExportedVars={"gh": {"name": "cn", "email": "mail", "preferred_username": "uid", "groups": "groups;string;always"}},
        oidcRPMetaDataOptionsExtraClaims={"gh": {"groups": "groups"}})
    configuration["localSessionStorageOptions"]["cache_root"] = str(folder / "cache")
    configuration["locationRules"] = {f"127.0.0.1:{port}": {"default": "accept"}, "127.0.0.1": {"default": "accept"}}
    (folder / "conf/lmConf-1.json").write_text(json.dumps(configuration))
    ini = folder / "lemonldap-ng.ini"
    ini.write_text(
        f"[all]\nlogLevel = warn\nlocalSessionStorage = Cache::FileCache\n[configuration]\ntype = File\ndirName = {folder}/conf\n"
        f"[portal]\nstaticPrefix = /static\ntemplateDir = /usr/share/lemonldap-ng/portal/templates\nlanguages = en\n"
        "[handler]\n[manager]\n")
    server = serve(
        "perl", here / "lemonldap_site.pl", str(port), "/usr/share/lemonldap-ng/portal/htdocs/index.psgi",
        env=dict(os.environ, LLNG_DEFAULTCONFFILE=str(ini)), cwd=folder)
    return server, base, "dwho", "dwho"


def django():
    private, _ = keys("RSA")
    path = f"{here}:{(tools / 'django-oauth-toolkit-3.4.0').resolve()}"
    environment = dict(
        os.environ, PYTHONPATH=path, DJANGO_SETTINGS_MODULE="django_settings", PROVIDER_KEY=private, PROVIDER_DATABASE=str(folder / "db"))
    run("python3", here / "django_people.py", client, secret, redirect, signed_out, env=environment)
    server = serve("python3", "-m", "django", "runserver", "--noreload", f"127.0.0.1:{port}", env=environment, cwd=folder)
    return server, base + "/o", "alice", "alice secret 1"


def canaille():
    environment = dict(os.environ, PYTHONPATH=str((tools / "canaille-0.3.6").resolve()), CANAILLE_CONFIG=str(folder / "canaille.toml"))
    arguments = (f"127.0.0.1:{port}", str(folder / "canaille.db"), client, secret, redirect, signed_out)
    server = serve("python3", str(here / "canaille_site.py"), *arguments, cwd=folder, env=environment)
    return server, base, "alice", "alice secret 1"


def mock():
    claims = {
        "sub": "alice", "preferred_username": "alice", "name": "Alice Adams", "email": "alice@example.com", "email_verified": True,
        "groups": ["people"],
    }
    environment = dict(os.environ, PYTHONPATH=str((tools / "oidc-provider-mock-0.3.4").resolve()))
    server = serve("python3", "-m", "oidc_provider_mock", "-p", str(port), "--user-claims", json.dumps(claims), env=environment)
    return server, base, "alice", ""


makers = {"glewlwyd": glewlwyd, "lemonldap": lemonldap, "django": django, "canaille": canaille, "mock": mock}
server, issuer, person, password = makers[name]()
# Nobody listens any more when this program is over, which waits for it at its end.
signal.signal(signal.SIGTERM, lambda *_: server.terminate())
document = wait(server, issuer + "/.well-known/openid-configuration")
ready = {"issuer": document["issuer"], "person": person, "password": password}
(folder / "ready.part").write_text(json.dumps(ready))
(folder / "ready.part").rename(folder / "ready.json")
sys.exit(server.wait())
