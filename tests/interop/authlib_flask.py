"""Authlib with Flask, from discovery to revocation; and what it makes of ID tokens that are wrong in one thing."""

import time

import jwt
import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session

import provider
from browser import Person
from flask_app import create
from provider import ISSUER, changed, configure, metadata, ok, tampered

CLIENT = ("authlib", "authlib-secret")
alice = Person()
app, signet = create(provider.METADATA, *CLIENT)


def login():
    """One login; gives the application's browser, the tokens and the nonce."""
    browser = app.test_client()
    url = browser.get("/login", base_url="http://127.0.0.1:5000").location
    answer = browser.get(alice.authorize(url), base_url="http://127.0.0.1:5000")
    assert answer.status_code == 302, answer.text
    return browser, app.tokens


browser, tokens = login()
assert alice.seen == ["sign-in", "consent"], alice.seen
user = browser.get("/", base_url="http://127.0.0.1:5000").json
assert user["iss"] == ISSUER and user["aud"] == "authlib", user
assert user["email"] == "alice@example.com" and user["email_verified"] is True, user
assert user["groups"] == ["admins", "dev"], user
ok("login")

with app.test_request_context("/"):
    userinfo = signet.userinfo(token=tokens)
assert userinfo["sub"] == user["sub"] and userinfo["name"] == "Alice Ample", userinfo
ok("userinfo")

document = metadata()
session = OAuth2Session(*CLIENT, token=dict(tokens), token_endpoint=document["token_endpoint"])
fresh = session.refresh_token(document["token_endpoint"], refresh_token=tokens["refresh_token"])
assert fresh["access_token"] != tokens["access_token"] and fresh["refresh_token"] != tokens["refresh_token"]
ok("refresh")

told = session.introspect_token(document["introspection_endpoint"], token=fresh["access_token"]).json()
assert told["active"] is True and told["username"] == "alice" and told["client_id"] == "authlib", told
ok("introspection")

answer = session.revoke_token(document["revocation_endpoint"], token=fresh["refresh_token"])
assert answer.status_code == 200, answer.text
told = session.introspect_token(document["introspection_endpoint"], token=fresh["access_token"]).json()
assert told == {"active": False}, told
ok("revocation")

# A code that comes a second time ends what the first gave (RFC 6749 §4.1.2).
session = OAuth2Session(*CLIENT, redirect_uri="http://127.0.0.1:5000/callback", scope="openid offline_access",
                        code_challenge_method="S256")
verifier = "a-verifier-of-at-least-forty-three-characters-in-length"
url, state = session.create_authorization_url(document["authorization_endpoint"], code_verifier=verifier)
response = alice.authorize(url)
once = session.fetch_token(document["token_endpoint"], authorization_response=response, state=state, code_verifier=verifier)
code = requests.utils.urlparse(response).query.split("code=")[1].split("&")[0]
again = {"grant_type": "authorization_code", "code": requests.utils.unquote(code), "code_verifier": verifier,
         "redirect_uri": "http://127.0.0.1:5000/callback"}
answer = requests.post(document["token_endpoint"], data=again, auth=CLIENT, timeout=30)
assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant"), answer.text
told = session.introspect_token(document["introspection_endpoint"], token=once["access_token"]).json()
assert told == {"active": False}, told
ok("replayed code")

machine = OAuth2Session("ci", "ci-secret")
token = machine.fetch_token(document["token_endpoint"], grant_type="client_credentials", audience="my-api")
assert token["token_type"].lower() == "bearer" and jwt.get_unverified_header(token["access_token"])["typ"] == "at+jwt"
ok("client credentials")


def verdict(id_token, nonce):
    """What Authlib says of an ID token: nothing, or the name of what it did not like."""
    with app.test_request_context("/"):
        try:
            answer = {"id_token": id_token, "access_token": tokens["access_token"]}
            signet.parse_id_token(answer, nonce=nonce, claims_options=app.claims_options)
        except Exception as error:  # pylint: disable=broad-exception-caught
            return type(error).__name__
    return None


good, nonce = tokens["id_token"], user["nonce"]
assert verdict(good, nonce) is None
now = int(time.time())
for case, token, expected_nonce in [
    ("tampered", tampered(good), nonce),
    ("expired", changed(good, exp=now - 600, iat=now - 1200), nonce),
    ("wrong issuer", changed(good, iss="https://evil.example.com"), nonce),
    ("wrong audience", changed(good, aud="another"), nonce),
    ("wrong at_hash", changed(good, at_hash="77QmUPtjPfzWtF2AnpK9RQ"), nonce),
    ("wrong nonce", good, "the nonce of another login"),
    ("unknown key", changed(good, header={"kid": "nobody"}), nonce),
]:
    said = verdict(token, expected_nonce)
    assert said is not None, f"{case} is taken"
    ok(f"{case} is refused")
for state in ("publish", "sign"):
    configure(state)
    _, tokens = login()
    kid = jwt.get_unverified_header(tokens["id_token"])["kid"]
    assert kid == {"publish": "first", "sign": "second"}[state], kid
ok("rotated key")
