"""Two services that trust tokens of an issuer, each by the rules of its kind: a deployment server that exchanges them
(RFC 8693, as Octopus Deploy does), and an artifact service (as Cloudsmith does). Whatever is wrong, the answer is the
same, and it takes as long.

`docs/relying-parties/octopus-deploy.md` and `cloudsmith.md` say what they mean for an issuer.
"""

import json
import re
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import jwt
import requests

MAX_TOKEN = 16 * 1024
MAX_DOCUMENT = 1024 * 1024
LEEWAY = 60
THROTTLE = 10
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt"
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"
REFUSED = {"error": "invalid_request", "error_description": "The token exchange request is invalid."}
DENIED = {"detail": "Invalid token."}


class Refused(Exception):
    """For the log alone."""


def matches(pattern, text):
    """Anchored, case-sensitive; `*` is many characters, `?` one, and nothing else is special."""
    one = {"*": ".*", "?": "."}
    return re.fullmatch("".join(one.get(c, re.escape(c)) for c in pattern), text, re.DOTALL) is not None


class Issuer:
    """The keys of one issuer."""

    def __init__(self, url):
        self.url, self.keys, self.asked, self.lock = url, {}, 0.0, threading.Lock()

    def key(self, kid):
        with self.lock:
            if kid not in self.keys and time.monotonic() - self.asked >= THROTTLE:
                self.asked = time.monotonic()
                document = fetched(f"{self.url}/.well-known/openid-configuration")
                if document.get("issuer") != self.url:
                    raise Refused("discovery names another issuer")
                self.keys = {key["kid"]: key for key in fetched(document["jwks_uri"])["keys"] if "kid" in key}
            if kid not in self.keys:
                raise Refused("unknown kid")
            return self.keys[kid]


def fetched(url):
    """Over https, without redirects or credentials, within five seconds and one megabyte."""
    if urlsplit(url).scheme != "https":
        raise Refused(f"not https: {url}")
    with requests.get(url, timeout=5, allow_redirects=False, stream=True, auth=lambda request: request) as answer:
        if answer.status_code != 200:
            raise Refused(f"{answer.status_code} from {url}")
        body = answer.raw.read(MAX_DOCUMENT + 1, decode_content=True)
    if len(body) > MAX_DOCUMENT:
        raise Refused("a document that is too long")
    return json.loads(body)


class Services:
    """Both services: the accounts are `{"octopus": {ID: {issuer, subject}}, "cloudsmith": {ORG: {issuer, claims}}}`."""

    def __init__(self, accounts, flat):
        self.accounts, self.flat = accounts, flat
        self.issuers, self.issued = {}, {}
        self.log = []

    def verified(self, token, issuer, audience=None):
        """The claims of a token of this one issuer."""
        if not isinstance(token, str) or len(token) > MAX_TOKEN:
            raise Refused("no token, or one that is too long")
        header = jwt.get_unverified_header(token)
        present = jwt.decode(token, options={"verify_signature": False})
        # Before anything is fetched: nobody makes this service ask an address of his own.
        if present.get("iss") != issuer:
            raise Refused("an issuer that is not configured for this account")
        if header.get("alg") not in ALGORITHMS:
            raise Refused("an algorithm that is not allowed")
        if urlsplit(issuer).scheme != "https":
            raise Refused("an issuer without https")
        known = self.issuers.setdefault(issuer, Issuer(issuer))
        key = known.key(header.get("kid"))
        if key.get("use") != "sig" or key.get("kty") not in ("RSA", "EC") or key.get("alg") != header["alg"]:
            raise Refused("a key that does not sign so")
        needed = ["iss", "sub", "exp"] + (["aud"] if audience else [])
        return jwt.decode(
            token,
            jwt.PyJWK(key),
            algorithms=[header["alg"]],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY,
            options={"require": needed, "verify_aud": audience is not None},
        )

    def exchange(self, fields):
        """RFC 8693 §2: a JWT for an access token of the account that `audience` names."""
        if fields.get("grant_type") != EXCHANGE or fields.get("subject_token_type") != JWT_TYPE:
            raise Refused("no exchange of a JWT")
        account = self.accounts["octopus"].get(fields.get("audience"))
        if account is None:
            raise Refused("an unknown account")
        claims = self.verified(fields.get("subject_token"), account["issuer"], fields["audience"])
        if not matches(account["subject"], claims["sub"]):
            raise Refused("another subject")
        return {"access_token": self.issue(fields["audience"]), "issued_token_type": ACCESS_TOKEN_TYPE,
                "token_type": "Bearer", "expires_in": "3600"}

    def openid(self, organization, fields):
        """A JWT for a token of the service account that `service_slug` names."""
        account = self.accounts["cloudsmith"].get(organization)
        if account is None or not account["claims"] or fields.get("service_slug") != account["service"]:
            raise Refused("an unknown organization or service, or one without claims")
        claims = self.verified(fields.get("oidc_token"), account["issuer"])
        for name, wanted in account["claims"].items():
            held = claims.get(name)
            if wanted not in (held if isinstance(held, list) else [held]):
                raise Refused(f"claim {name}")
        return {"token": self.issue(fields["service_slug"])}

    def issue(self, who):
        token = secrets.token_urlsafe(24)
        self.issued[token] = who
        return token


def serve(services):
    """Serves at a free port of loopback; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path = urlsplit(self.path).path
            token = self.headers.get("X-Api-Key") or self.headers.get("Authorization", "").removeprefix("Bearer ")
            who = services.issued.get(token)
            if path == "/.well-known/openid-configuration":
                self.answer(200, {"issuer": services.address, "token_endpoint": f"{services.address}/token/v1"})
            elif who is None:
                self.answer(401, DENIED)
            else:
                self.answer(200, {"authenticated": True, "slug": who, "name": who, "email": f"{who}@example.com"})

        def do_POST(self):
            began, refusal = time.monotonic(), (400, REFUSED)
            path = urlsplit(self.path).path
            body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 4 * MAX_TOKEN))
            try:
                if self.headers.get("Content-Type", "").startswith("application/json"):
                    fields = json.loads(body)
                else:
                    fields = dict(parse_qsl(body.decode()))
                if path == "/token/v1":
                    answer = services.exchange(fields)
                else:
                    refusal = (401, DENIED)
                    answer = services.openid(path.removeprefix("/openid/").strip("/"), fields)
                services.log.append("taken")
                self.answer(200, answer)
            except Exception as error:  # pylint: disable=broad-exception-caught
                services.log.append(f"{type(error).__name__}: {error}")
                time.sleep(max(0.0, services.flat - (time.monotonic() - began)))
                self.answer(*refusal)

        def answer(self, status, body):
            body = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    services.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return services.address
