"""One running Signet with a folder, a port, keys and people of its own."""

import json
import secrets
import ssl
import subprocess
import urllib.error
import urllib.request
from base64 import b64encode
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from .person import Person, challenge
from .process import Process, free_port, output, wait_for
from .tokens import encoded, part

SECRET = "insecure_secret"

# What the log says when a changed configuration is in use.
RELOADED = "event=config.reloaded outcome=success"


class Refused(Exception):
    """Signet's answer with its error code."""


class Signet:
    """`common` is the folder of what every program is tried with, `clients` the program's own part of the configuration."""

    def __init__(self, binary, folder, scheme, common, clients, ports):
        self.binary, self.folder, self.scheme = binary, folder, scheme
        self.port = free_port()
        self.issuer = f"{scheme}://127.0.0.1:{self.port}"
        self.authority = folder / "ca.pem"
        self.values = {
            "ISSUER": self.issuer,
            "SIGNET_PORT": str(self.port),
            "AUTHORITY": str(self.authority),
            "SECRET": SECRET,
            "SECRET_DIGEST": digest(binary, "pbkdf2", SECRET),
            "SCHEME": scheme,
            "FOLDER": str(folder),
        } | {name: str(free_port()) for name in ports}
        self.trust = None
        if scheme == "https":
            certificates(folder)
            self.trust = ssl.create_default_context(cafile=self.authority)
        for person in ("ALICE", "BOB"):
            self.values[f"{person}_DIGEST"] = digest(binary, "argon2", f"{person.lower()}-password")
        self.fill(common / "users.yml", "users.yml")
        layers = [self.fill(common / "configuration.yml", "signet.yml"), self.fill(clients, "signet-clients.yml")]
        if scheme == "https":
            layers.append(self.fill(common / "tls.yml", "signet-tls.yml"))
        self.keys = folder / "signet-keys.yml"
        self.process = None
        self._first, self._second = (self._make_key(name) for name in ("first", "second"))
        self._write_keys([("sign", self._first)])
        self.process = Process(
            "signet",
            [binary, "serve", "--config", ",".join(map(str, [*layers, self.keys]))],
            folder,
        ).listens(self.port)

    def fill(self, template, name):
        """Writes a template into the folder with each @NAME@ replaced by what this run has for it."""
        text = template.read_text()
        for key, value in self.values.items():
            text = text.replace(f"@{key}@", value)
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    def person(self, username):
        """Somebody at a browser that was never here."""
        return Person(username, self.issuer, self.trust)

    def get(self, path):
        """A JSON document of Signet."""
        return json.loads(self.call(f"{self.issuer}{path}")[1])

    def token(self, client_id, parameters, secret=SECRET):
        """A request at the token endpoint: the answer of a client with a secret (Basic), or without one."""
        form, headers = self._authenticated(client_id, secret, parameters)
        endpoint = self.get("/.well-known/openid-configuration")["token_endpoint"]
        status, body = self.call(endpoint, form, headers)
        answer = json.loads(body)
        if status != 200:
            raise Refused(answer["error"])
        return answer

    def machine(self, client_id, **parameters):
        """An access token that a client gets for itself."""
        return self.token(client_id, {"grant_type": "client_credentials"} | parameters)["access_token"]

    def sign_in(self, person, client_id, scope, redirect_uri, secret=None, **parameters):
        """The code flow with PKCE, as an app of a person does it; the answer of the token endpoint."""
        verifier = secrets.token_urlsafe(48)
        asked = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "scope": scope,
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        } | parameters
        endpoint = self.get("/.well-known/openid-configuration")["authorization_endpoint"]
        answer = person.visit(f"{endpoint}?{urlencode(asked, doseq=True)}", until=redirect_uri)
        if not isinstance(answer, str):
            raise RuntimeError(f"no answer, but {answer.status} {answer.url}\n{answer.body}")
        told = {name: values[0] for name, values in parse_qs(urlsplit(answer).query).items()}
        if told.get("iss") != self.issuer or told.get("state") != asked["state"]:
            raise RuntimeError(f"iss or state of another: {answer}")
        if "error" in told:
            raise Refused(told["error"])
        redeemed = {"grant_type": "authorization_code", "code": told["code"], "redirect_uri": redirect_uri}
        return self.token(client_id, redeemed | {"code_verifier": verifier}, secret)

    def public_key(self, name):
        """The public half of a key, PEM, for programs that do not fetch keys."""
        return output(["openssl", "pkey", "-in", self._private_key(name), "-pubout"])

    def signed_again(self, token, **changed):
        """The same token with other claims, signed by Signet's first key: good but for what changed."""
        message = f"{token.split('.')[0]}.{encoded(json.dumps(part(token, 1) | changed).encode())}"
        command = ["openssl", "dgst", "-sha256", "-sign", self._private_key("first")]
        signature = subprocess.run(command, input=message.encode(), stdout=subprocess.PIPE, check=True).stdout
        return f"{message}.{encoded(signature)}"

    def revoke(self, client_id, token, secret=None):
        """What a client does with a token that it needs no longer (RFC 7009)."""
        form, headers = self._authenticated(client_id, secret, {"token": token})
        endpoint = self.get("/.well-known/openid-configuration")["revocation_endpoint"]
        status, body = self.call(endpoint, form, headers)
        if status != 200:
            raise RuntimeError(f"{status} {body}")

    def told(self, *words):
        """Whether a line of the log holds all these words."""
        return any(all(word in line for word in words) for line in self.process.words().splitlines())

    def publish_second_key(self):
        """The first step of docs/operations/keys.md: the next key is known, and does not sign."""
        self._write_keys([("sign", self._first), ("publish", self._second)])

    def sign_with_second_key(self):
        """The second step: the next key signs, the former one stays known."""
        self._write_keys([("retire", self._first), ("sign", self._second)])

    def remove_first_key(self):
        """The last step, or what is done at once when a key was stolen."""
        self._write_keys([("sign", self._second)])

    def _private_key(self, name):
        """The file of a key, as it stands below `key: |`."""
        path = self.folder / f"{name}.key"
        if not path.exists():
            block = self._first if name == "first" else self._second
            lines = (line.strip() for line in block.partition("key: |")[2].splitlines())
            path.touch(mode=0o600)
            path.write_text("\n".join(line for line in lines if line) + "\n")
        return path

    def _authenticated(self, client_id, secret, parameters):
        """Body and headers of a client's request: Basic with its secret, or its name alone (RFC 6749 §2.3.1, §3.2.1)."""
        if secret is None:
            return urlencode(parameters | {"client_id": client_id}, doseq=True).encode(), {}
        pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
        basic = "Basic " + b64encode(pair.encode()).decode()
        return urlencode(parameters, doseq=True).encode(), {"Authorization": basic}

    def _make_key(self, name):
        return output([self.binary, "keys", "make", "--key-id", name], self.folder)

    def _write_keys(self, entries):
        """Writes the keys, and when Signet runs already, waits until it has taken them."""
        states = (entry.replace("state: 'publish'", f"state: '{state}'") for state, entry in entries)
        taken = self.process and self.process.words().count(RELOADED)
        self.keys.write_text("identity_providers:\n  oidc:\n    jwks:\n" + "".join(states))
        self.keys.chmod(0o600)
        if self.process:
            wait_for("the changed keys", lambda: self.process.words().count(RELOADED) > taken)

    def call(self, url, data=None, headers=None):
        """One request to Signet: status and body."""
        request = urllib.request.Request(url, data, headers or {})
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.trust)
        )
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read()


_digests = {}


def digest(binary, algorithm, password):
    """Made once in a run, and cheap: nothing but the tests of this machine is behind it."""
    if (algorithm, password) not in _digests:
        cheap = {"argon2": ["--iterations", "1", "--memory", "8192"], "pbkdf2": ["--iterations", "100000"]}[algorithm]
        line = output([binary, "crypto", "hash", "generate", algorithm, *cheap, "--password", password])
        _digests[algorithm, password] = line.partition("Digest: ")[2].strip()
    return _digests[algorithm, password]


def certificates(folder):
    """A private authority, ca.pem, and a certificate of it for localhost and 127.0.0.1."""
    (folder / "leaf.ext").write_text(
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
        "subjectAltName=DNS:localhost,IP:127.0.0.1\n"
    )
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    authority = ["-addext", "keyUsage=critical,keyCertSign,cRLSign", "-subj", "/CN=Signet interop authority"]
    output(["openssl", "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", *authority], folder)
    output(["openssl", "req", *key, "-keyout", "tls.key", "-out", "tls.csr", "-subj", "/CN=localhost"], folder)
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile", "leaf.ext"]
    output(["openssl", "x509", "-req", "-in", "tls.csr", *signed, "-out", "tls.pem"], folder)
    (folder / "tls.key").chmod(0o600)
