"""Apache with mod_auth_openidc: signs people in before its pages, and takes bearer tokens before an API."""

import shutil
import time
from urllib.parse import parse_qs, urlsplit

from lane.process import installed
from lane.relay import bent
from lane.tokens import part, tampered

TITLE = "mod_auth_openidc"
PACKAGES = ["apache2-bin", "libapache2-mod-auth-openidc"]
SCHEMES = ["http", "https"]
PORTS = ["APACHE_PORT", "BEARER_PORT", "INTROSPECTION_PORT", "BENT_PORT"]
SHOWN = {
    "https://www.example.com/": "http://127.0.0.1:@APACHE_PORT@/",
    "replace-this-with-a-passphrase": "the-passphrase-of-the-slow-lane",
    "/etc/ssl/private-authority.pem": "@SHORT@/ca.pem",
}


def prepare(source, tools):
    pass


def version(tools):
    return installed("libapache2-mod-auth-openidc")


def run(lane):
    signet, short, relay = lane.signet, lane.short_folder(), lane.relay()
    for path in ("site/secure/index.html", "site/api/index.html", "site/goodbye.html"):
        (short / path).parent.mkdir(parents=True, exist_ok=True)
        (short / path).write_text(f"this is {path}\n")
    (short / "first.pem").write_text(signet.public_key("first"))
    signet.values |= {"SHORT": str(short), "RELAY": relay.url}
    command = ["/usr/sbin/apache2", "-D", "FOREGROUND", "-f", lane.fill("httpd.conf")]
    if https := lane.scheme == "https":
        command += ["-D", "Https"]
        shutil.copy(signet.authority, short)
    lane.start("apache", command, lane.port("APACHE_PORT"))

    site = f"http://127.0.0.1:{lane.port('APACHE_PORT')}"
    alice, bob = signet.person("alice"), signet.person("bob")

    def enter(person):
        page = person.visit(f"{site}/secure/index.html")
        return f"{page.status} {page.headers['X-Remote-User']}"

    lane.expect("alice, who is in the group dev", "200 alice@example.com", lambda: enter(alice))
    lane.expect("she was asked", ["sign-in", "consent"], lambda: alice.seen)
    lane.expect("alice again, in Apache's session", "200 alice@example.com", lambda: enter(alice))
    lane.expect("she was not asked", [], lambda: alice.seen)
    lane.expect("bob, who is not", 401, lambda: bob.visit(f"{site}/secure/index.html").status)
    lane.expect("a stranger is sent to Signet", ["code", "S256", True], lambda: asked(signet.person("bob"), site))

    def leave():
        page = alice.visit(f"{site}/secure/redirect_uri?logout={site}/goodbye.html")
        return f"{page.status} {page.body.strip()}"

    lane.expect("alice signs out, and comes back", "200 this is site/goodbye.html", leave)
    lane.expect("her token was revoked", True, lambda: signet.told("token.revoked", "client=apache"))
    lane.expect("alice signs in anew", "200 alice@example.com", lambda: enter(alice))
    lane.expect("she was asked for her password", "sign-in", lambda: alice.seen[0])

    def gets_in_by_relay():
        page = signet.person("alice").visit(f"http://127.0.0.1:{lane.port('BENT_PORT')}/secure/index.html")
        return "this is site/secure" in page.body

    relay.bend = signet.signed_again
    lane.expect("an ID token that came by a relay and is good", True, gets_in_by_relay)
    for how, relay.bend in bent(signet).items():
        lane.expect(f"an ID token {how}", False, gets_in_by_relay)

    def call(token, port="BEARER_PORT"):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = bob.fetch(f"http://127.0.0.1:{lane.port(port)}/api/index.html", headers=headers)
        return f"{answer.status} {answer.headers['X-Remote-User'] or ''}".strip()

    first = signet.machine("job", audience="apache-api")
    brief = signet.machine("brief-job", audience="apache-api")
    lane.expect("a JWT", "200 job", lambda: call(first))
    lane.expect("a JWT for another API", "401 job", lambda: call(signet.machine("job", audience="other-api")))
    lane.expect("a JWT for both", "200 job", lambda: call(signet.machine("job", audience="apache-api other-api")))
    lane.expect("a tampered JWT", "401", lambda: call(tampered(first)))
    lane.expect("no token", "401", lambda: call(None))
    time.sleep(2.5)
    lane.expect("an expired JWT", "401", lambda: call(brief))

    if https:
        opaque = signet.machine("opaque-job", audience="apache-api")
        other = signet.machine("opaque-job", audience="other-api")
        lane.expect("an opaque token", "200 opaque-job", lambda: call(opaque, "INTROSPECTION_PORT"))
        lane.expect("an opaque token for another API", "401", lambda: call(other, "INTROSPECTION_PORT"))
        lane.expect("a tampered opaque token", "401", lambda: call(tampered(opaque), "INTROSPECTION_PORT"))
        signet.revoke("opaque-job", opaque, signet.values["SECRET"])
        lane.expect("a revoked opaque token", "401", lambda: call(opaque, "INTROSPECTION_PORT"))
        lane.expect("Signet was asked by Apache", True, lambda: signet.told("token.introspected", "client=apache"))

    signet.publish_second_key()
    signet.sign_with_second_key()
    second = signet.machine("job", audience="apache-api")
    lane.expect("the next key signs", "second", lambda: part(second, 0)["kid"])
    if https:
        lane.expect("a JWT of the next key", "200 job", lambda: call(second))
    else:
        lane.expect("a JWT of a key that is not in the file", "401", lambda: call(second))
    lane.expect("a JWT of the former key", "200 job", lambda: call(first))
    anew = signet.person("alice")
    lane.expect("alice signs in with the next key", "200 alice@example.com", lambda: enter(anew))


def asked(person, site):
    """What Apache asks of Signet: the response type, the challenge method, and whether there is a nonce."""
    answer = person.fetch(f"{site}/secure/index.html", headers={"Accept": "text/html"})
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return [query["response_type"][0], query["code_challenge_method"][0], "nonce" in query]
