"""HAProxy before an API: it verifies JWT access tokens with a key from a file, and asks nobody."""

import time

from lane.process import installed
from lane.tokens import part, tampered

TITLE = "HAProxy"
PACKAGES = ["haproxy"]
SCHEMES = ["http", "https"]
PORTS = ["HAPROXY_PORT"]
SHOWN = {"/etc/haproxy/signet/": "@FOLDER@/", "*:443": "127.0.0.1:@HAPROXY_PORT@"}


def prepare(source, tools):
    pass


def version(tools):
    return installed("haproxy")


def run(lane):
    signet = lane.signet
    for name in ("first", "second"):
        (lane.folder / f"{name}.pem").write_text(signet.public_key(name))
    lane.start("haproxy", ["/usr/sbin/haproxy", "-db", "-f", lane.fill("haproxy.cfg")], lane.port("HAPROXY_PORT"))
    alice = signet.person("alice")

    def call(token):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        page = alice.fetch(f"http://127.0.0.1:{lane.port('HAPROXY_PORT')}/", headers=headers)
        return f"{page.status} {page.body.strip()}" if page.status == 200 else str(page.status)

    def token(audience="edge-api", scope="read", client="job"):
        return signet.machine(client, audience=audience, scope=scope)

    first, brief = token(), token(client="brief-job")
    lane.expect("a single audience is a string", "edge-api", lambda: part(first, 1)["aud"])
    lane.expect("a token", "200 job", lambda: call(first))
    lane.expect("no token", "401", lambda: call(None))
    lane.expect("a tampered token", "401", lambda: call(tampered(first)))
    lane.expect("a token for another API", "401", lambda: call(token("other-api")))
    # The whole value is compared, and two audiences are a list.
    lane.expect("a token for both APIs", "401", lambda: call(token("edge-api other-api")))
    lane.expect("a token without the scope", "403", lambda: call(token(scope="")))
    time.sleep(2.5)
    lane.expect("an expired token", "401", lambda: call(brief))

    answer = signet.sign_in(alice, "edge-api", "openid read", "http://127.0.0.1/edge-callback", audience="edge-api")
    subject = part(answer["id_token"], 1)["sub"]
    lane.expect("the access token of alice is hers", True, lambda: f"200 {subject}" == call(answer["access_token"]))
    lane.expect("the ID token of alice", "401", lambda: call(answer["id_token"]))

    signet.publish_second_key()
    signet.sign_with_second_key()
    second = token()
    lane.expect("the next key signs", "second", lambda: part(second, 0)["kid"])
    lane.expect("a token of the next key", "200 job", lambda: call(second))
    lane.expect("a token of the former key", "200 job", lambda: call(first))
