"""Matrix Synapse: people sign in to their home server with Signet (SSO), and a Matrix client gets its access token."""

import json
import sys
from urllib.parse import parse_qs, urlencode, urlsplit

from lane.process import install, output, unless_held
from lane.relay import bent

TITLE = "Matrix Synapse"
PACKAGES = ["python3-venv"]
SCHEMES = ["http", "https"]
PORTS = ["SYNAPSE_PORT"]
SHOWN = {"https://matrix.example.com/": "http://127.0.0.1:@SYNAPSE_PORT@/"}
CLIENT = "http://127.0.0.1/matrix-client"


def prepare(source, tools):
    wanted = source / "requirements.txt"

    def fetch():
        install([sys.executable, "-m", "venv", "--clear", tools], source)
        pip = [tools / "bin/pip", "install", "--quiet", "--disable-pip-version-check"]
        install([*pip, "--require-hashes", "-r", wanted], source)

    unless_held(wanted, tools, fetch)


def version(tools):
    asked = "import importlib.metadata as it; print(it.version('matrix-synapse'))"
    return output([tools / "bin/python", "-c", asked]).strip()


def run(lane):
    signet, relay = lane.signet, lane.relay()
    signet.values["RELAY"] = relay.url
    synapse = [lane.tools / "bin/python", "-m", "synapse.app.homeserver", "-c", lane.fill("homeserver.yaml")]
    output([*synapse, "--generate-keys"], lane.folder)
    # The library refuses http, which is for this machine alone, unless it is told to bear it.
    env = {"AUTHLIB_INSECURE_TRANSPORT": "1"} if lane.scheme == "http" else lane.trust("SSL_CERT_FILE")
    running = lane.start("synapse", synapse, lane.port("SYNAPSE_PORT"), env)
    server = f"http://127.0.0.1:{lane.port('SYNAPSE_PORT')}"
    back = urlencode({"redirectUrl": CLIENT})

    def start(provider="oidc-signet"):
        return f"{server}/_matrix/client/v3/login/sso/redirect/{provider}?{back}"

    alice, bob = signet.person("alice"), signet.person("bob")

    def matrix(path, body=None, token=None):
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        page = bob.fetch(f"{server}/_matrix/client/v3/{path}", body and json.dumps(body).encode(), headers)
        return page.status, json.loads(page.body)

    def sign_in(person, provider="oidc-signet"):
        """The user whom the home server knows by the access token that a Matrix client gets."""
        answer = person.visit(start(provider), until=CLIENT, remember=True)
        if not isinstance(answer, str):
            return answer.status
        login = parse_qs(urlsplit(answer).query)["loginToken"][0]
        status, session = matrix("login", {"type": "m.login.token", "token": login})
        return matrix("account/whoami", token=session["access_token"])[1]["user_id"] if status == 200 else session

    def asked():
        query = parse_qs(urlsplit(signet.person("bob").fetch(start()).headers["Location"]).query)
        return [query["response_type"][0], query["code_challenge_method"][0], "nonce" in query, "state" in query]

    flows = next(each for each in matrix("login")[1]["flows"] if each["type"] == "m.login.sso")
    offered = [each["name"] for each in flows["identity_providers"]]
    lane.expect("the home server offers Signet", True, lambda: "Signet" in offered)
    lane.expect("what it asks of Signet", ["code", "S256", True, True], asked)
    lane.expect("alice signs in", "@alice:example.com", lambda: sign_in(alice))
    lane.expect("she was asked", ["sign-in", "consent"], lambda: alice.seen)
    profile = "profile/@alice:example.com/displayname"
    lane.expect("the name of alice", "Alice Liddell", lambda: matrix(profile)[1]["displayname"])
    lane.expect("alice signs in again", "@alice:example.com", lambda: sign_in(alice))
    lane.expect("she was remembered", [], lambda: alice.seen)
    lane.expect("bob is shown an error", 400, lambda: sign_in(bob))
    reason = "SSO attribute groups did not match required value 'dev'"
    lane.expect("for he is not in the group dev", True, lambda: reason in running.words())
    lane.expect("Synapse got a token from Signet", True, lambda: signet.told("token.issued", "client=synapse"))
    forged = urlencode({"code": "signet_ac_forged", "state": "forged"})
    unasked = f"{server}/_synapse/client/oidc/callback?{forged}"
    lane.expect("an answer nobody asked for", 400, lambda: signet.person("bob").fetch(unasked).status)
    good, relay.bend = "@alice-by-relay:example.com", signet.signed_again
    lane.expect("an ID token that came by a relay and is good", good, lambda: sign_in(alice, "oidc-bent"))
    for how, relay.bend in bent(signet).items():
        # Its library compares azp with the client, and leaves aud alone; Signet writes both.
        seen = good if how == "with another audience alone" else 400
        lane.expect(f"an ID token {how}", seen, lambda: sign_in(alice, "oidc-bent"))
    signet.publish_second_key()
    signet.sign_with_second_key()
    lane.expect("alice signs in with the next key", "@alice:example.com", lambda: sign_in(alice))
    signet.remove_first_key()
    lane.expect("alice signs in, the former key gone", "@alice:example.com", lambda: sign_in(alice))
