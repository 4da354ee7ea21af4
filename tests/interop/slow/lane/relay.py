"""A dishonest stretch of network: it hands a program Signet's answers, with the ID token bent."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .process import free_port
from .tokens import tampered, unsigned


class Relay:
    """Serves Signet's discovery document with a token endpoint of its own; `bend` makes another ID token of each."""

    def __init__(self, signet):
        self.bend = lambda token: token
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        metadata = signet.get("/.well-known/openid-configuration")
        endpoint = metadata["token_endpoint"]
        metadata["token_endpoint"] = f"{self.url}/token"
        relay = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self._answer(200, json.dumps(metadata).encode())

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kept = ("Authorization", "Content-Type")
                status, answer = signet.call(endpoint, body, {name: self.headers[name] for name in kept})
                tokens = json.loads(answer)
                if "id_token" in tokens:
                    tokens["id_token"] = relay.bend(tokens["id_token"])
                self._answer(status, json.dumps(tokens).encode())

            def _answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self):
        self._server.shutdown()
        self._server.server_close()


def bent(signet):
    """What a program must refuse: each ID token differs from a good one in one thing, and but for two is signed well."""
    return {
        "with a changed signature": tampered,
        "without a signature": unsigned,
        "for another client": lambda token: signet.signed_again(token, aud="another-client", azp="another-client"),
        "with another audience alone": lambda token: signet.signed_again(token, aud="another-client"),
        "that is over": lambda token: signet.signed_again(token, exp=1),
        "of another issuer": lambda token: signet.signed_again(token, iss="https://op.example.net"),
        "with the nonce of another request": lambda token: signet.signed_again(token, nonce="another-nonce"),
    }
