"""An API that verifies access tokens with PyJWT, as its documents write it."""

import time

import jwt
from jwt import PyJWKClient

from provider import ISSUER, changed, configure, machine_token, metadata, ok, tampered

keys = PyJWKClient(metadata()["jwks_uri"], cache_keys=True, lifespan=300)


def claims_of(token):
    key = keys.get_signing_key_from_jwt(token)
    return jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience="my-api",
        issuer=ISSUER,
        options={"require": ["exp", "iat", "iss", "aud", "sub"]},
    )


def refused(token, reason):
    try:
        claims_of(token)
    except jwt.PyJWTError as error:
        assert type(error).__name__ == reason, f"{type(error).__name__}: {error}"
        return
    raise AssertionError(f"taken, and {reason} was expected")


token = machine_token(audience="my-api", scope="read")
claims = claims_of(token)
assert claims["sub"] == "repo:acme/app:ref:refs/heads/main" and claims["scope"] == "read", claims
assert claims["aud"] == "my-api" and claims["repository"] == "acme/app" and claims["protected"] is True, claims
ok("access token")

# Several audiences are a list.
assert claims_of(machine_token(audience="my-api my-registry"))["aud"] == ["my-api", "my-registry"]
ok("two audiences")

now = int(time.time())
for case, wrong, reason in [
    ("wrong audience", machine_token(audience="my-registry"), "InvalidAudienceError"),
    ("no audience", changed(token, without=["aud"]), "MissingRequiredClaimError"),
    ("wrong issuer", changed(token, iss=f"{ISSUER}/"), "InvalidIssuerError"),
    ("expired", changed(token, exp=now - 1), "ExpiredSignatureError"),
    ("no end", changed(token, without=["exp"]), "MissingRequiredClaimError"),
    ("tampered", tampered(token), "InvalidSignatureError"),
    ("unknown key", changed(token, header={"kid": "nobody"}), "PyJWKClientError"),
]:
    refused(wrong, reason)
    ok(f"{case} is refused")

# It looks for an unknown key once in 30 seconds at most (`cooldown_duration`), and the forged one above has just spent
# that. An API that began after the next key was published knows it.
configure("publish")
keys = PyJWKClient(metadata()["jwks_uri"], cache_keys=True, lifespan=300)
claims_of(token)
configure("sign")
claims_of(machine_token(audience="my-api"))
# What the former key signed stays good until it ends.
claims_of(token)
ok("rotated key")
configure("remove")
claims_of(machine_token(audience="my-api"))
ok("former key taken out")
