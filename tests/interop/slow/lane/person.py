"""A person at a browser: answers what Signet's pages ask, and goes wherever redirects lead."""

import base64
import hashlib
import hmac
import html
import http.cookiejar
import re
import struct
import time
import urllib.error
import urllib.request
from urllib.parse import urlencode, urljoin, urlsplit


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Page:
    """What a request was answered with."""

    def __init__(self, url, answer):
        self.url, self.status, self.headers = url, answer.status, answer.headers
        self.body = answer.read().decode(errors="replace")

    def between(self, before, after):
        _, found, rest = self.body.partition(before)
        if not found:
            raise RuntimeError(f"no {before} at {self.url} ({self.status}):\n{self.body}")
        return html.unescape(rest.partition(after)[0])


class Person:
    """`issuer` is the one whose pages are answered, `trust` the TLS context that knows its authority."""

    def __init__(self, username, issuer, trust):
        self.username, self.password, self.issuer = username, f"{username}-password", issuer
        # Everything here is on loopback, which browsers trust with Secure cookies over http too.
        policy = http.cookiejar.DefaultCookiePolicy(secure_protocols=("http", "https"))
        self.cookies = http.cookiejar.CookieJar(policy)
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=trust),
            urllib.request.HTTPCookieProcessor(self.cookies),
            _Stays(),
        )
        self._seed = None
        self._last_step = 0
        # The pages that were answered since the last visit began.
        self.seen = []

    def visit(self, url, until=None, remember=False):
        """Opens an address and follows it to a page that is nobody's question, or to an address that begins with `until`."""
        self.seen = []
        page = self._follow(url, None, until)
        while isinstance(page, Page) and (step := self._question(page)):
            if len(self.seen) == 6:
                raise RuntimeError(f"the pages never end: {self.seen}\n{page.body}")
            self.seen.append(step)
            fields = {"csrf": page.between('name="csrf" value="', '"')} | self._answer(step, page, remember)
            page = self._follow(page.url, urlencode(fields).encode(), until)
        return page

    def fetch(self, url, data=None, headers=None):
        """One request with this browser's cookies; redirects are not followed."""
        request = urllib.request.Request(url, data, headers or {})
        try:
            return Page(url, self._opener.open(request, timeout=60))
        except urllib.error.HTTPError as answer:
            return Page(url, answer)

    def _follow(self, url, form, until):
        for _ in range(12):
            headers = {"Accept": "text/html,*/*;q=0.8"}
            if form is not None:
                parts = urlsplit(url)
                headers |= {"Origin": f"{parts.scheme}://{parts.netloc}", "Sec-Fetch-Site": "same-origin"}
            page = self.fetch(url, form, headers)
            location = page.headers.get("Location")
            if location is None or page.status // 100 != 3:
                return page
            url, form = urljoin(url, location), None
            if until and url.startswith(until):
                return url
        raise RuntimeError(f"too many redirects, the last to {url}")

    def _question(self, page):
        path = page.url.partition("?")[0]
        if page.status != 200 or not path.startswith(f"{self.issuer}/"):
            return None
        if path == f"{self.issuer}/logout":
            return "sign-out" if 'id="logout-confirm"' in page.body else None
        flow = re.fullmatch(r"/flow/[^/]+/([a-z-]+)", path.removeprefix(self.issuer))
        return flow and flow.group(1)

    def _answer(self, step, page, remember):
        match step:
            case "sign-in":
                return {"username": self.username, "password": self.password, "action": "sign-in"}
            case "enrol":
                self._seed = page.between('id="totp-secret"', "</").partition(">")[2]
                return {"code": self._one_time_code(), "action": "confirm"}
            case "second-factor":
                return {"code": self._one_time_code(), "action": "continue"}
            case "consent":
                return {"action": "allow"} | ({"remember": "true"} if remember else {})
            case "sign-out":
                hidden = re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page.body)
                return {name: html.unescape(value) for name, value in hidden} | {"action": "sign-out"}
        raise RuntimeError(f"nobody taught {self.username} the page {step}:\n{page.body}")

    def _one_time_code(self):
        """RFC 6238: SHA-1, six digits, 30 seconds. A code counts once, so a second one is that of the next step."""
        step = max(int(time.time()) // 30, self._last_step + 1)
        self._last_step = step
        digest = hmac.digest(base64.b32decode(self._seed + "=" * (-len(self._seed) % 8)), struct.pack(">Q", step), "sha1")
        number = struct.unpack(">I", digest[digest[19] & 15 :][:4])[0] & 0x7FFFFFFF
        return f"{number % 1000000:06}"


def challenge(verifier):
    """RFC 7636 §4.2, S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
