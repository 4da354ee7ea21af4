"""A Go application with go-oidc and x/oauth2, the pair that most self-hosted Go programs sign people in with."""

import time
from urllib.parse import urlencode

from lane.process import installed, output
from lane.tokens import tampered

TITLE = "go-oidc with x/oauth2"
PACKAGES = ["golang-go", "golang-github-coreos-go-oidc-dev", "golang-golang-x-oauth2-google-dev"]
SCHEMES = ["http", "https"]
PORTS = ["APP_PORT", "LATER_PORT", "BRIEF_PORT"]
STRANGE = "failed to verify signature: failed to verify id token signature"
SHOWN = {"https://app.example.com/": "http://127.0.0.1:@APP_PORT@/"}


def prepare(source, tools):
    # Debian's Go with Debian's sources, whatever other Go is here.
    go = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOROOT": "/usr/lib/go", "GOFLAGS": ""}
    command = ["/usr/bin/go", "build", "-o", tools / "go-app", source / "main.go"]
    output(command, env=go | {"GOTOOLCHAIN": "local", "GOCACHE": str(tools / "cache")})


def version(tools):
    return f'{installed("golang-github-coreos-go-oidc-dev")} with {installed("golang-golang-x-oauth2-google-dev")}'


def run(lane):
    signet = lane.signet

    def start(name, port, client="go-app"):
        address = f"127.0.0.1:{lane.port(port)}"
        env = {
            "ADDRESS": address,
            "ISSUER": signet.issuer,
            "CLIENT_ID": client,
            "CLIENT_SECRET": signet.values["SECRET"],
            "REDIRECT_URI": f"http://{address}/callback",
            "SCOPE": "openid profile email groups",
            "GROUP": "dev",
        }
        lane.start(name, [lane.tools / "go-app"], lane.port(port), env | lane.trust("SSL_CERT_FILE"))
        return f"http://{address}"

    app = start("go-app", "APP_PORT")
    alice, bob = signet.person("alice"), signet.person("bob")

    def sign_in(person, how=""):
        page = person.visit(f"{app}/login{how}", remember=True)
        return f"{page.status} {page.body.strip()}"

    def id_token(client="go-app", redirect_uri=f"{app}/callback"):
        return signet.sign_in(alice, client, "openid", redirect_uri, signet.values["SECRET"])["id_token"]

    def verify(token, at=app):
        return alice.fetch(f"{at}/verify", token.encode()).body.strip()

    good = "200 Alice Liddell <alice@example.com>"
    lane.expect("alice signs in", good, lambda: sign_in(alice))
    lane.expect("she was asked", ["sign-in", "consent"], lambda: alice.seen)
    lane.expect("alice signs in again", good, lambda: sign_in(alice))
    lane.expect("she was remembered", [], lambda: alice.seen)
    lane.expect("alice allows offline access", f"{good} with a renewed token", lambda: sign_in(alice, "?offline"))
    lane.expect("bob is not in the group", "403 not in the group dev", lambda: sign_in(bob))
    lane.expect("the client authenticated with Basic", True, lambda: signet.told("token.issued", "go-app"))
    forged = urlencode({"code": "signet_ac_forged", "state": "forged"})
    back = f"{app}/callback?{forged}"
    lane.expect("an answer nobody asked for", 400, lambda: signet.person("bob").fetch(back).status)

    first = id_token()
    lane.expect("an ID token", "good", lambda: verify(first))
    lane.expect("a tampered ID token", STRANGE, lambda: verify(tampered(first)))
    other = id_token("other-app", "http://127.0.0.1/other-app")
    lane.expect(
        "the ID token of another client",
        'oidc: expected audience "go-app" got ["other-app"]',
        lambda: verify(other),
    )
    for_brief = start("go-app-brief", "BRIEF_PORT", "brief-app")
    brief = id_token("brief-app", "http://127.0.0.1/brief-app")
    time.sleep(2.5)
    lane.expect("an expired ID token", True, lambda: "token is expired" in verify(brief, for_brief))

    # go-oidc keeps the keys for as long as Signet allows, a quarter of an hour, and asks for none before that.
    signet.publish_second_key()
    later = start("go-app-later", "LATER_PORT")
    lane.expect("the present key, both published", "good", lambda: verify(first, later))
    signet.sign_with_second_key()
    second = id_token()
    lane.expect("the next key, asked for while published", "good", lambda: verify(second, later))
    lane.expect("the former key", "good", lambda: verify(first, later))
    lane.expect("the next key, keys kept from before", STRANGE, lambda: verify(second))
