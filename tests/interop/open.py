# Opens and verifies tokens with `jwcrypto` (Debian's python3-jwcrypto): the same input and output as open.mjs.
import base64
import hashlib
import json
import sys

from jwcrypto import jwe, jwk, jws

LENGTHS = {
    "A128CBC-HS256": 32,
    "A192CBC-HS384": 48,
    "A256CBC-HS512": 64,
    "A128GCM": 16,
    "A192GCM": 24,
    "A256GCM": 32,
}


def octets(key):
    return jwk.JWK(kty="oct", k=base64.urlsafe_b64encode(key).decode().rstrip("="))


def key_of(secret, alg, enc):
    """OpenID Connect Core 1.0 section 10.2; with PBES2 the secret itself is the password."""
    if alg.startswith("PBES2"):
        return octets(secret.encode())
    length = LENGTHS[enc] if alg == "dir" else int(alg[1:4]) // 8
    name = "sha256" if length <= 32 else "sha384" if length <= 48 else "sha512"
    return octets(hashlib.new(name, secret.encode()).digest()[:length])


def opened(case):
    inner, outer = case["token"], None
    if case.get("alg"):
        alg, enc = case["alg"], case["enc"]
        pem = case.get("private")
        key = jwk.JWK.from_pem(pem.encode()) if pem else key_of(case["secret"], alg, enc)
        envelope = jwe.JWE(algs=[alg, enc])
        envelope.deserialize(inner, key)
        outer, inner = envelope.jose_header, envelope.payload.decode()
    signed = case["signed"]
    token = jws.JWS()
    token.allowed_algs = [signed]
    token.deserialize(inner)
    if signed.startswith("HS"):
        key = octets(case["secret"].encode())
    else:
        keys = jwk.JWKSet.from_json(json.dumps(case["jwks"]))
        key = keys.get_key(token.jose_header["kid"])
    token.verify(key)
    return {"outer": outer, "header": token.jose_header, "claims": json.loads(token.payload)}


if __name__ == "__main__":
    print(json.dumps({case["name"]: opened(case) for case in json.load(sys.stdin)}))
