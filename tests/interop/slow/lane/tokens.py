"""JWTs as a stranger would bend them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode


def part(token, index):
    """The header (0) or the claims (1), unverified."""
    text = token.split(".")[index]
    return json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def tampered(token):
    """The same token, with one character in the middle of its signature, or of its only part, changed."""
    head, dot, last = token.rpartition(".")
    middle = len(last) // 2
    other = "A" if last[middle] != "A" else "B"
    return head + dot + last[:middle] + other + last[middle + 1 :]


def encoded(octets):
    """base64url without padding (RFC 7515 §2)."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def unsigned(token):
    """The same claims with the algorithm `none` (RFC 7518 §3.6)."""
    header = encoded(json.dumps({"alg": "none", "typ": "JWT"}).encode())
    return f"{header}.{token.split('.')[1]}."
