"""Alice at her browser: she answers what the pages of a pending authorization ask."""

import html
import os
import re
from urllib.parse import urljoin, urlsplit

import requests


class Person:
    def __init__(self, name="alice"):
        self.name = name
        self.password = os.environ.get("PASSWORD", "alice-password")
        self.http = requests.Session()
        # The last parts of the paths of the pages she was shown.
        self.seen = []

    def authorize(self, url):
        """Opens an authorization request, signs in where asked, allows, and gives the answer's address."""
        self.seen = []
        page = self._open("GET", url)
        while not isinstance(page, str):
            step = urlsplit(page.url).path.rsplit("/", 1)[1]
            fields = {"csrf": html.unescape(re.search(r'name="csrf" value="([^"]*)"', page.text)[1])}
            if step == "sign-in":
                fields |= {"username": self.name, "password": self.password, "action": "sign-in"}
            elif step == "consent":
                fields |= {"action": "allow"}
            else:
                raise AssertionError(f"no page to answer: {page.url}\n{page.text}")
            self.seen.append(step)
            assert len(self.seen) <= 4, f"the pages never end: {self.seen}"
            origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
            headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
            page = self._open("POST", page.url, data=fields, headers=headers)
        return page

    def _open(self, method, url, **more):
        """Follows redirects as far as they stay at the provider; the address that leads away is text."""
        for _ in range(6):
            answer = self.http.request(method, url, allow_redirects=False, timeout=30, **more)
            location = answer.headers.get("Location")
            if location is None:
                assert answer.ok, f"{answer.status_code} {url}\n{answer.text}"
                return answer
            assert answer.status_code == 303, f"{answer.status_code} to {location}"
            following = urljoin(url, location)
            if urlsplit(following).netloc != urlsplit(url).netloc:
                return following
            method, url, more = "GET", following, {}
        raise AssertionError(f"too many redirects, the last to {url}")
