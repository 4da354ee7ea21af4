"""Registrations as Authelia's guides have them, taken as they are, with applications in Go before them."""

import importlib.util
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parents[2] / "it" / "configuration" / "corpus"
# The scopes that each guide has the application ask with, and its redirect URI.
SCOPES = {"forgejo": "openid email profile groups", "writefreely": "openid email profile"}
REDIRECT_URIS = {
    "forgejo": "https://forgejo.example.com/user/oauth2/authelia/callback",
    "writefreely": "https://writefreely.example.com/oauth/callback/generic",
}

_spec = importlib.util.spec_from_file_location("go_oidc", HERE.parent / "go-oidc" / "program.py")
go = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(go)

TITLE = "Apps that have a guide for Authelia"
PACKAGES = go.PACKAGES
SCHEMES = ["http", "https"]
PORTS = ["FORGEJO_PORT", "WRITEFREELY_PORT"]
SHOWN = {}


def prepare(source, tools):
    go.prepare(source.parent / "go-oidc", tools)


def version(tools):
    return f"registrations of {' and '.join(SCOPES)}"


def clients(folder):
    """The guides' registrations one below the other: a list of clients is one list."""
    whole = "identity_providers:\n  oidc:\n    clients:\n"
    for name in SCOPES:
        whole += (CORPUS / f"{name}.yml").read_text().partition("    clients:\n")[2].rstrip("\n") + "\n"
    path = folder / "guides.yml"
    path.write_text(whole)
    return path


def run(lane):
    signet = lane.signet
    people = {"forgejo": signet.person("alice"), "writefreely": signet.person("bob")}
    for name, person in people.items():
        port, redirect_uri = lane.port(f"{name.upper()}_PORT"), REDIRECT_URIS[name]
        env = {
            "ADDRESS": f"127.0.0.1:{port}",
            "ISSUER": signet.issuer,
            "CLIENT_ID": name,
            "CLIENT_SECRET": "insecure_secret",
            "REDIRECT_URI": redirect_uri,
            "SCOPE": SCOPES[name],
        }
        lane.start(name, [lane.tools / "go-app"], port, env | lane.trust("SSL_CERT_FILE"))

        def sign_in():
            """The proxy before the app would lead the answer to it; here the browser does."""
            answer = person.visit(f"http://127.0.0.1:{port}/login", until=redirect_uri)
            page = person.fetch(f"http://127.0.0.1:{port}/callback?{urlsplit(answer).query}")
            return f"{page.status} {page.body.strip()}"

        welcome = {
            "alice": "200 Alice Liddell <alice@example.com>",
            "bob": "200 Bob Builder <bob@example.com>",
        }[person.username]
        lane.expect(f"{person.username} signs in to {name}", welcome, sign_in)
        lane.expect(f"{name} demands both factors", ["sign-in", "enrol", "consent"], lambda: person.seen)
        lane.expect(f"{name} again, in Signet's session", welcome, sign_in)
        lane.expect(f"{name} got a token", True, lambda: signet.told("token.issued", f"client={name}"))
