"""The provider under test, as a test process describes it to a script.

ISSUER is where it is. SIGNING_KEY is a file with the private key it signs with, so that a script can make tokens that are
wrong in one thing only. STATES is a folder with configurations, CONFIGURATION the file that it reads, PID its process.
Certificate authorities come by SSL_CERT_FILE and REQUESTS_CA_BUNDLE, as every program of Python takes them.
"""

import base64
import json
import os
import shutil
import signal
import time

import jwt
import requests

ISSUER = os.environ["ISSUER"]
METADATA = f"{ISSUER}/.well-known/openid-configuration"


def ok(step):
    print(f"ok: {step}", flush=True)


def metadata():
    answer = requests.get(METADATA, timeout=30, allow_redirects=False)
    answer.raise_for_status()
    return answer.json()


def machine_token(client_id="ci", **more):
    """A token that a machine gets for itself: client_credentials, RFC 6749 §4.4."""
    fields = {"grant_type": "client_credentials", **more}
    answer = requests.post(
        metadata()["token_endpoint"], data=fields, auth=(client_id, f"{client_id}-secret"), timeout=30
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


def key():
    with open(os.environ["SIGNING_KEY"], encoding="ascii") as file:
        return file.read()


def changed(token, header=None, without=(), **claims):
    """The same token with other claims, signed by the provider's own key."""
    present = jwt.decode(token, options={"verify_signature": False})
    head = {name: value for name, value in jwt.get_unverified_header(token).items() if name != "alg"}
    head = {name: value for name, value in (head | (header or {})).items() if value is not None}
    present = {name: value for name, value in (present | claims).items() if name not in without}
    return jwt.encode(present, key(), algorithm="RS256", headers=head)


def tampered(token):
    """The same token with one letter of its claims changed."""
    head, claims, signature = token.split(".")
    text = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))
    claims = json.loads(text) | {"sub": "mallory"}
    claims = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{head}.{claims}.{signature}"


def configure(state):
    """Lets the provider read another configuration, and waits until a token says that it has."""
    shutil.copy(os.path.join(os.environ["STATES"], f"{state}.yml"), os.environ["CONFIGURATION"])
    os.kill(int(os.environ["PID"]), signal.SIGHUP)
    signs = "second" if state in ("sign", "remove") else "first"
    published = {"begin": {"first"}, "publish": {"first", "second"}, "sign": {"first", "second"}, "remove": {"second"}}
    end = time.monotonic() + 60
    while True:
        kids = {one["kid"] for one in requests.get(metadata()["jwks_uri"], timeout=30).json()["keys"]}
        kid = jwt.get_unverified_header(machine_token())["kid"]
        if kid == signs and kids & {"first", "second"} == published[state]:
            return
        assert time.monotonic() < end, f"{state}: {kid} signs, {kids} are published"
        time.sleep(0.1)
