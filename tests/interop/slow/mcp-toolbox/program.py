"""MCP Toolbox as a protected tool server, with the official MCP client (TypeScript SDK) before it."""

import json
import os
import shutil
import sqlite3
import subprocess
import time
from urllib.parse import parse_qs, urlsplit

from lane.process import environment, install, unless_held
from lane.tokens import part, tampered

TITLE = "MCP Toolbox with the MCP SDK"
# Node.js from wherever it is; Debian's, where there is none.
PACKAGES = ["node=nodejs", "npm=nodejs,npm"]
SCHEMES = ["http", "https"]
PORTS = ["TOOLBOX_PORT", "OPAQUE_PORT", "TOOLS_PORT"]
SHOWN = {
    "https://mcp-toolbox:replace-this-with-the-secret@auth.example.com/": (
        "@SCHEME@://mcp-toolbox:@SECRET@@127.0.0.1:@SIGNET_PORT@/"
    ),
    "https://tools.example.com": "http://127.0.0.1:@TOOLBOX_PORT@",
    "./notes.db": "@FOLDER@/notes.db",
}
CALLBACK = "http://127.0.0.1/mcp-callback"
MCP = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


# Toolbox asks for the keys of an issuer at most once in this time.
FIVE_MINUTES = 310


def refused(seconds, token, call, earlier):
    """Asks without a pause, with a new token each time and an earlier one beside it; gives what was not taken."""
    wrong, asked, end = [], 0, time.monotonic() + seconds
    while time.monotonic() < end:
        made = token()
        asked += 2
        wrong += [[part(each, 0)["kid"], status] for each in (made, earlier) if (status := call(each).status) != 200]
    print(f"  {asked} requests in {seconds} s")
    return wrong


def prepare(source, tools):
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, tools)
    unless_held(source / "package-lock.json", tools, lambda: install(["npm", "ci"], tools))
    shutil.copy(source / "client.mjs", tools)


def version(tools):
    held = json.loads((tools / "package-lock.json").read_text())["packages"]
    names = ("@toolbox-sdk/server-linux-x64", "@modelcontextprotocol/sdk")
    return " with ".join(held[f"node_modules/{name}"]["version"] for name in names)


def run(lane):
    signet = lane.signet
    alice, bob = signet.person("alice"), signet.person("bob")
    with sqlite3.connect(lane.folder / "notes.db") as database:
        database.execute("CREATE TABLE notes (owner TEXT, text TEXT)")
        database.execute("INSERT INTO notes VALUES ('alice@example.com', 'of alice'), ('bob@example.com', 'of bob')")

    def start(name, port, *more):
        # Its configuration lies in a folder of its own: beside its own log it would read and log for ever.
        place = lane.folder / name
        place.mkdir()
        shutil.move(lane.fill(f"{name}.yml"), place)
        url = f"http://127.0.0.1:{lane.port(port)}"
        binary = lane.tools / "node_modules/@toolbox-sdk/server-linux-x64/bin/toolbox"
        command = [binary, "--config", place / f"{name}.yml", "--port", lane.port(port), "--toolbox-url", url]
        lane.start(name, [*command, "--disable-reload", *more], lane.port(port), lane.trust("SSL_CERT_FILE"))
        return url

    toolbox = start("toolbox", "TOOLBOX_PORT")
    opaque = start("toolbox-opaque", "OPAQUE_PORT")
    tools = start("toolbox-tools", "TOOLS_PORT", "--enable-api")
    resource = toolbox

    asked = {}

    def client():
        env = {"TOOLBOX": toolbox, "CLIENT_ID": "mcp-client", "REDIRECT_URI": CALLBACK}
        node = subprocess.Popen(
            ["node", "client.mjs"],
            cwd=lane.tools,
            env=environment(env | lane.trust("NODE_EXTRA_CA_CERTS")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(lane.folder / "client.log").open("w"),
            text=True,
        )
        with node:
            url = json.loads(node.stdout.readline())["authorize"]
            asked.update({name: values[0] for name, values in parse_qs(urlsplit(url).query).items()})
            node.stdin.write(alice.visit(url, until=CALLBACK) + "\n")
            node.stdin.flush()
            return json.loads(node.stdout.readline())

    answer = {}
    lane.expect("the SDK's flow ends", None, lambda: answer.update(client()))
    lane.expect("alice was asked for both factors", ["sign-in", "enrol", "consent"], lambda: alice.seen)
    lane.expect("the SDK asked for the scopes of the server", "read write", lambda: asked["scope"])
    lane.expect("the SDK asked for the resource", resource, lambda: asked["resource"])
    lane.expect("the SDK asked with PKCE", "S256", lambda: asked["code_challenge_method"])
    lane.expect("tools/list", ["count-notes"], lambda: answer["tools"])
    lane.expect("tools/call", '{"n":2}', lambda: answer["said"])
    lane.expect("an access token and no ID token", {"type": "Bearer", "scope": "read write"}, lambda: answer["tokens"])

    def call(token=None, at=toolbox):
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        headers = MCP | ({"Authorization": f"Bearer {token}"} if token else {})
        return bob.fetch(f"{at}/mcp", json.dumps(body).encode(), headers)

    def token(client="mcp-client", scope="read write", resource=resource, person=alice):
        return signet.sign_in(person, client, scope, CALLBACK, resource=resource)["access_token"]

    metadata = f"{toolbox}/.well-known/oauth-protected-resource"
    challenge = f'Bearer resource_metadata="{metadata}", scope="read write"'
    lane.expect("without a token", [401, challenge], lambda: [call().status, call().headers["WWW-Authenticate"]])
    described = json.loads(bob.fetch(metadata).body)
    lane.expect("its metadata name Signet", [signet.issuer], lambda: described["authorization_servers"])
    first = token()
    made = [part(first, 0)["typ"], part(first, 1)["aud"]]
    lane.expect("the token is an access token for it", ["at+jwt", resource], lambda: made)
    lane.expect("a token", 200, lambda: call(first).status)
    lane.expect("a tampered token", 401, lambda: call(tampered(first)).status)
    other, unknown = "http://127.0.0.1:1", "http://127.0.0.1:2"
    lane.expect("a token for another resource", 401, lambda: call(token(resource=other)).status)
    lane.expect("a resource that is not registered", "Refused: invalid_target", lambda: token(resource=unknown))
    lane.expect("a token without the scope", 403, lambda: call(token(scope="read")).status)
    lane.expect("who is no developer gets none", "Refused: access_denied", lambda: token(person=bob))
    brief = token("mcp-client-brief")
    time.sleep(2.5)
    lane.expect("an expired token", 401, lambda: call(brief).status)

    handle = token("mcp-client-opaque")
    lane.expect("an opaque token, asked about without a name", 401, lambda: call(handle).status)
    lane.expect("an opaque token, asked about by mcp-toolbox", 200, lambda: call(handle, opaque).status)
    lane.expect("a tampered opaque token", 401, lambda: call(tampered(handle), opaque).status)

    def my_notes(person):
        headers = {"Content-Type": "application/json"}
        if person:
            answer = signet.sign_in(person, "notes-app", "openid email", "http://127.0.0.1/notes-callback")
            headers["signet_token"] = answer["id_token"]
        page = bob.fetch(f"{tools}/api/tool/my-notes/invoke", b"{}", headers)
        return json.loads(page.body)["result"] if page.status == 200 else page.status

    lane.expect("a single tool knows alice", '[{"text":"of alice"}]', lambda: my_notes(alice))
    lane.expect("a single tool knows bob", '[{"text":"of bob"}]', lambda: my_notes(bob))
    lane.expect("a single tool without a token", 401, lambda: my_notes(None))

    signet.publish_second_key()
    if os.environ.get("SIGNET_LONG"):
        lane.expect("under load, a key published for five minutes", [], lambda: refused(FIVE_MINUTES, token, call, first))
    signet.sign_with_second_key()
    if os.environ.get("SIGNET_LONG"):
        lane.expect("under load, tokens of both keys", [], lambda: refused(20, token, call, first))
    second = token()
    lane.expect("the next key signs", "second", lambda: part(second, 0)["kid"])
    lane.expect("a token of the next key", 200, lambda: call(second).status)
    lane.expect("a token of the former key", 200, lambda: call(first).status)
