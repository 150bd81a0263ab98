"""Canaille with one person and one client: its own commands, in one process, since each takes two seconds to begin."""
import contextlib, io, json, pathlib, sys

from canaille.commands import cli

CONFIGURATION = """
SECRET_KEY = "a-key-of-the-tests"
SERVER_NAME = "{address}"
PREFERRED_URL_SCHEME = "http"
[CANAILLE]
DATABASE = "sql"
[CANAILLE_SQL]
DATABASE_URI = "sqlite:///{database}"
"""


def tell(*arguments):
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        cli.main(list(arguments), standalone_mode=False)
    return output.getvalue()


def main(address, database, client, secret, redirect, signed_out):
    file = pathlib.Path("canaille.toml")
    configuration = CONFIGURATION.format(address=address, database=database)
    file.write_text(configuration)
    # What is printed may begin with remarks.
    printed = tell("jwk", "create", "rsa") + "\n" + tell("jwk", "create", "okp")
    keys = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    tables = ("{" + ", ".join(f"{name} = {json.dumps(value)}" for name, value in key.items()) + "}" for key in keys)
    file.write_text(configuration + f"[CANAILLE_OIDC]\nACTIVE_JWKS = [{', '.join(tables)}]\n")
    tell("install")
    tell(
        "create", "user", "--user-name", "alice", "--formatted-name", "Alice Adams", "--family-name", "Adams",
        "--given-name", "Alice", "--display-name", "alice", "--emails", "alice@example.com", "--password", "alice secret 1")
    tell("create", "group", "--display-name", "people", "--members", "alice")
    tell(
        "create", "client", "--client-id", client, "--client-secret", secret, "--client-name", "Gatehouse",
        "--redirect-uris", redirect, "--post-logout-redirect-uris", signed_out, "--grant-types", "authorization_code",
        "--grant-types", "refresh_token", "--response-types", "code", "--scope",
        "openid profile email groups offline_access", "--token-endpoint-auth-method", "client_secret_basic",
        # Without it tokens are signed with RS512, which nobody has to know.
        "--id-token-signed-response-alg", "EdDSA", "--client-uri", f"http://{address}")
    # Without it ID tokens are for nobody.
    tell("set", "client", client, "--audience", client)
    cli.main(["run", "--bind", address])


# The server's workers read this file again.
if __name__ == "__main__":
    main(*sys.argv[1:])
