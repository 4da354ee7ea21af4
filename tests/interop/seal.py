# Encrypts tokens with `jwcrypto` (Debian's python3-jwcrypto). On standard input a JSON list of
# {name, token, alg, enc, public?, secret?, header?}: the key to encrypt to as JWK, or the secret to encrypt with, and
# more members of the header. On standard output {name: encrypted token}.
import json
import sys

from jwcrypto import jwe, jwk

from open import key_of


def sealed(case):
    alg, enc = case["alg"], case["enc"]
    public = case.get("public")
    key = jwk.JWK(**public) if public else key_of(case["secret"], alg, enc)
    header = {"alg": alg, "enc": enc, "cty": "JWT"}
    if public:
        header["kid"] = public["kid"]
    header.update(case.get("header") or {})
    envelope = jwe.JWE(case["token"], json.dumps(header), algs=[alg, enc])
    envelope.add_recipient(key)
    return envelope.serialize(compact=True)


print(json.dumps({case["name"]: sealed(case) for case in json.load(sys.stdin)}))
