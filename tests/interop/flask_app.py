"""An application as the documents of Authlib and Flask write it. `authlib_flask.py` runs it."""

from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect, session, url_for


def create(metadata_url, client_id, client_secret):
    app = Flask(__name__)
    app.secret_key = "signs the application's own cookie"
    oauth = OAuth(app)
    oauth.register(
        "signet",
        client_id=client_id,
        client_secret=client_secret,
        server_metadata_url=metadata_url,
        client_kwargs={
            "scope": "openid profile email groups offline_access",
            "code_challenge_method": "S256",
        },
    )

    # Without these the library holds `azp` against the client, and `aud` against nothing.
    issuer = metadata_url.removesuffix("/.well-known/openid-configuration")
    app.claims_options = {"iss": {"value": issuer}, "aud": {"essential": True, "value": client_id}}

    @app.get("/login")
    def login():
        return oauth.signet.authorize_redirect(url_for("callback", _external=True))

    @app.get("/callback")
    def callback():
        token = oauth.signet.authorize_access_token(claims_options=app.claims_options)
        app.tokens = token
        session["user"] = token["userinfo"]
        return redirect("/")

    @app.get("/")
    def home():
        return jsonify(session.get("user"))

    return app, oauth.signet
