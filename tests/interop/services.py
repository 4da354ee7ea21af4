"""Tokens of the provider at two services that trust it (`svcx.py`), case by case (`services.jsonl`); then with the clients
of those services: `cloudsmith`, and `@actions/core` in the steps of a job."""

import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import requests

import provider
import svcx
from provider import ISSUER, changed, ok, tampered

HERE = pathlib.Path(__file__).parent
ACCOUNT = "863b4b7d-6308-456e-8375-8d9270e9be44"
# So long every refusal takes, in seconds.
FLAT = 0.15

subject = "repo:acme/*:ref:refs/heads/release-?"
services = svcx.Services(
    {
        "octopus": {
            ACCOUNT: {"issuer": ISSUER, "subject": subject},
            "http-issuer": {"issuer": ISSUER.replace("https", "http"), "subject": "*"},
        },
        "cloudsmith": {
            "acme": {"issuer": ISSUER, "service": "ci-service", "claims": {"repository": "acme/app", "environment": "production"}},
            "lists": {"issuer": ISSUER, "service": "ci-service", "claims": {"groups": "deployers"}},
            "open": {"issuer": ISSUER, "service": "ci-service", "claims": {}},
        },
    },
    FLAT,
)
address = svcx.serve(services)
machine_token = functools.cache(provider.machine_token)


def token_of(case):
    if "text" in case:
        return case["text"]
    client = case.get("client", "deploy")
    token = machine_token(client, audience=case.get("audience", ACCOUNT))
    claims = dict(case.get("claims", {}))
    claims |= {name: int(time.time()) + seconds for name, seconds in case.get("times", {}).items()}
    if case.get("slash"):
        claims["iss"] = f"{ISSUER}/"
    if case.get("account") == "http-issuer":
        claims |= {"iss": ISSUER.replace("https", "http"), "aud": "http-issuer"}
    if "times_padding" in case:
        claims["padding"] *= case["times_padding"]
    if claims or "without" in case or "header" in case:
        token = changed(token, header=case.get("header"), without=case.get("without", ()), **claims)
    return tampered(token) if case.get("tampered") else token


def send(case):
    if "org" in case:
        body = {"oidc_token": token_of(case), "service_slug": "ci-service", **case.get("fields", {})}
        return requests.post(f"{address}/openid/{case['org']}/", json=body, timeout=30)
    body = {
        "grant_type": svcx.EXCHANGE,
        "audience": case.get("account", ACCOUNT),
        "subject_token_type": svcx.JWT_TYPE,
        "subject_token": token_of(case),
        **case.get("fields", {}),
    }
    return requests.post(f"{address}/token/v1", timeout=30, **{"json" if case.get("send") == "json" else "data": body})


wrong, refusals = [], {"octopus": set(), "cloudsmith": set()}
for line in (HERE / "services.jsonl").read_text().splitlines():
    case = json.loads(line)
    answer = send(case)
    if (answer.status_code == 200) != case["accept"]:
        wrong.append(f"{case['case']}: {answer.status_code} ({services.log[-1]})")
    if not case["accept"]:
        kept = {name: value for name, value in answer.headers.items() if name != "Date"}
        refusals["cloudsmith" if "org" in case else "octopus"].add((answer.status_code, answer.text, str(kept)))
        assert answer.elapsed.total_seconds() >= FLAT, f"{case['case']}: {answer.elapsed}"
    else:
        # What was issued opens the service.
        issued = answer.json().get("access_token") or answer.json()["token"]
        assert requests.get(f"{address}/api/me", headers={"X-Api-Key": issued}, timeout=30).status_code == 200
assert not wrong, "\n" + "\n".join(wrong)
for service, answers in refusals.items():
    assert len(answers) == 1, f"{service} tells refusals apart: {answers}"
ok("every case")

# Nothing was fetched for an issuer that is not configured.
assert set(services.issuers) <= {ISSUER}, services.issuers.keys()
ok("no address of a stranger")


def cloudsmith(token, organization="acme"):
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "CLOUDSMITH_NO_KEYRING": "1",
            "CLOUDSMITH_API_HOST": address,
            "CLOUDSMITH_WORKSPACE": organization,
            "CLOUDSMITH_SERVICE_SLUG": "ci-service",
            "CLOUDSMITH_OIDC_TOKEN": token,
        }
        program = [pathlib.Path(sys.executable).parent / "cloudsmith", "whoami"]
        return subprocess.run(program, env=environment, capture_output=True, text=True, timeout=120, check=False)


good = machine_token("deploy", audience=ACCOUNT)
ran = cloudsmith(good)
assert ran.returncode == 0 and "ci-service" in ran.stdout, f"{ran.stdout}\n{ran.stderr}\n{services.log[-1]}"
ran = cloudsmith(changed(good, repository="acme/other"))
assert "You are authenticated" not in ran.stdout and services.log[-1] == "Refused: claim repository", f"{ran.stdout}\n{services.log}"
ok("cloudsmith")

for environment, status in [({}, 200), ({"AUDIENCE": "another"}, 400)]:
    job = subprocess.run(
        ["node", HERE / "actions.mjs"],
        env=os.environ | {"SERVICE": address, "AUDIENCE": ACCOUNT, "CLIENT_ID": "deploy", "CLIENT_SECRET": "deploy-secret"} | environment,
        capture_output=True, text=True, timeout=120, check=False,
    )
    assert f"exchange: {status}" in job.stdout, f"{job.stdout}\n{job.stderr}\n{services.log[-1]}"
ok("actions")
