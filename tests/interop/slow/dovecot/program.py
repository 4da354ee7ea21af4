"""Dovecot asks Signet what the token is worth with which a mail program signs in (IMAP XOAUTH2 and OAUTHBEARER)."""

import grp
import imaplib
import os
import pwd
import shutil
import time

from lane.process import installed, output
from lane.tokens import tampered

TITLE = "Dovecot"
PACKAGES = ["dovecot-imapd"]
SCHEMES = ["http", "https"]
PORTS = ["IMAP_PORT"]
# What the page writes for the names of a run.
SHOWN = {
    "https://dovecot:replace-this-with-the-secret@auth.example.com/": (
        "@SCHEME@://dovecot:@SECRET@@127.0.0.1:@SIGNET_PORT@/"
    ),
    "/etc/dovecot/dovecot-oauth2.conf.ext": "@SHORT@/oauth2.ext",
    "/etc/ssl/private-authority.pem": "@AUTHORITY@",
}
REDIRECT_URI = "http://127.0.0.1/mail-app"


def prepare(source, tools):
    pass


def version(tools):
    return installed("dovecot-imapd")


def run(lane):
    signet, port = lane.signet, lane.port("IMAP_PORT")
    short = lane.short_folder()
    signet.values |= accounts() | {"SHORT": str(short)}
    mail = short / "mail"
    mail.mkdir()
    shutil.chown(mail, signet.values["MAIL_USER"], signet.values["MAIL_GROUP"])
    shutil.copy(lane.fill("oauth2.ext"), short)
    lane.start("dovecot", ["/usr/sbin/dovecot", "-F", "-c", lane.fill("dovecot.conf")], port)

    alice, bob = signet.person("alice"), signet.person("bob")

    def token(person, client="mail-app", audience="imap.example.com"):
        answer = signet.sign_in(person, client, "mail", REDIRECT_URI, audience=audience)
        return answer["access_token"]

    def sign_in(username, text, mechanism="XOAUTH2"):
        imap = imaplib.IMAP4("127.0.0.1", port, timeout=60)
        words = {
            "XOAUTH2": f"user={username}\x01auth=Bearer {text}\x01\x01",
            "OAUTHBEARER": f"n,a={username},\x01host=localhost\x01port={port}\x01auth=Bearer {text}\x01\x01",
        }
        answers = iter([words[mechanism].encode()])
        try:
            imap.authenticate(mechanism, lambda _: next(answers, b""))
            return imap.select("INBOX")[0]
        except imaplib.IMAP4.error:
            return "NO"
        finally:
            imap.shutdown()

    opaque = token(alice)
    lane.expect("alice is asked for both factors", ["sign-in", "enrol", "consent"], lambda: alice.seen)
    lane.expect("an opaque token", "OK", lambda: sign_in("alice", opaque))
    lane.expect("an opaque token by OAUTHBEARER", "OK", lambda: sign_in("alice", opaque, "OAUTHBEARER"))
    lane.expect("Signet was asked by Dovecot", True, lambda: signet.told("token.introspected", "dovecot"))
    lane.expect("the token of somebody else", "NO", lambda: sign_in("bob", opaque))
    lane.expect("a tampered token", "NO", lambda: sign_in("alice", tampered(opaque)))
    lane.expect("a token for another audience", "NO", lambda: sign_in("alice", token(alice, audience="files.example.com")))
    lane.expect("who is no developer gets none", "Refused: access_denied", lambda: token(bob))

    brief = token(alice, "mail-app-brief")
    time.sleep(2.5)
    lane.expect("an expired token", "NO", lambda: sign_in("alice", brief))
    signet.revoke("mail-app", opaque)
    lane.expect("a revoked token", "NO", lambda: sign_in("alice", opaque))

    first = token(alice, "mail-app-jwt")
    lane.expect("a JWT", "OK", lambda: sign_in("alice", first))
    lane.expect("a tampered JWT", "NO", lambda: sign_in("alice", tampered(first)))
    signet.publish_second_key()
    signet.sign_with_second_key()
    lane.expect("a JWT of the next key", "OK", lambda: sign_in("alice", token(alice, "mail-app-jwt")))
    lane.expect("a JWT of the former key", "OK", lambda: sign_in("alice", first))
    signet.remove_first_key()
    lane.expect("a JWT of a key that is gone", "NO", lambda: sign_in("alice", first))


def accounts():
    """Dovecot divides itself among Debian's accounts when root starts it, and stays who it is otherwise."""
    if os.geteuid() == 0:
        mail = pwd.getpwnam("nobody")
        names = {"INTERNAL_USER": "dovecot", "INTERNAL_GROUP": "dovecot", "LOGIN_USER": "dovenull"}
        return names | {"MAIL_USER": mail.pw_name, "MAIL_GROUP": grp.getgrgid(mail.pw_gid).gr_name}
    me, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    return {
        "INTERNAL_USER": me,
        "INTERNAL_GROUP": group,
        "LOGIN_USER": me,
        "MAIL_USER": me,
        "MAIL_GROUP": group,
    }
