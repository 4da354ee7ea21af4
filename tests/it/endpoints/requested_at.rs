//! `rat`: when the authorization was asked for. Userinfo tells it, a token where it is asked for there.

use serde_json::{Value, json};

use crate::support::token::verify;
use crate::support::{App, Ask, Browser, Client};

const CLIENTS: &str = "identity_providers: {oidc: {claims_policies: {own: {id_token: [rat], access_token: [rat]}}, clients: [\
    {client_id: plain, client_secret: 'digest:plain-secret', redirect_uris: ['https://rp.example.com/callback'], \
    authorization_policy: one_factor, scopes: [openid, offline_access], grant_types: [authorization_code, refresh_token], \
    access_token_signed_response_alg: ES256}, \
    {client_id: listed, client_secret: 'digest:listed-secret', redirect_uris: ['https://rp.example.com/callback'], \
    authorization_policy: one_factor, scopes: [openid, offline_access], grant_types: [authorization_code, refresh_token], \
    access_token_signed_response_alg: ES256, claims_policy: own}]}}";

#[tokio::test]
async fn it_is_told_where_it_belongs_and_stays_what_it_was() {
    for app in App::on_both(CLIENTS).await {
        let wish = json!({"id_token": {"rat": null}});
        let another = json!({"id_token": {"rat": {"value": 1}}});
        for (id, claims, of_id_token, of_access_token) in [
            ("plain", None, false, false),
            ("plain", Some(&wish), true, false),
            ("plain", Some(&another), false, false),
            ("listed", None, true, true),
        ] {
            let case = format!("{id} {claims:?}");
            let asked_at = app.clock.now();
            let ask = Ask::of(id).scope("openid offline_access");
            let ask = claims.iter().fold(ask, |ask, claims| ask.set("claims", &claims.to_string()));
            let mut browser = Browser::new(&app);
            let page = browser.ask(&ask).await;
            app.clock.advance(100);
            let page = browser.sign_in(&page, "alice").await;
            assert_eq!(page.step(), "consent");
            let code = browser.allow(&page).await.returned().code();
            let client = Client::new(&app, id);
            let first = client.redeem(&code).await.expect(200).json();
            app.clock.advance(10);
            let second = client.refresh(first["refresh_token"].as_str().unwrap()).await.expect(200).json();
            for body in [&first, &second] {
                let access = body["access_token"].as_str().unwrap();
                let userinfo = app.userinfo(access).await.expect(200).json();
                assert_eq!(userinfo["rat"], asked_at, "{case}");
                for (name, is_told) in [("id_token", of_id_token), ("access_token", of_access_token)] {
                    let claims = verify(&app, body[name].as_str().unwrap()).await.claims;
                    let expected = is_told.then(|| Value::from(asked_at));
                    assert_eq!(claims.get("rat"), expected.as_ref(), "{case}: {name}");
                }
            }
            // Of a grant that was made before it was remembered there is only when it was made.
            app.sql.execute("UPDATE signet_grants SET requested_at = NULL").await;
            let access = second["access_token"].as_str().unwrap();
            assert_eq!(app.userinfo(access).await.expect(200).json()["rat"], asked_at + 100, "{case}");
        }
    }
}
