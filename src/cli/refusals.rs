//! `signet refusals`: why a request was refused, by the ten characters that the person was shown.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::database::{Failure, GlobalConfig, Opening, with_desk};
use super::table::{date, plain};
use crate::clock::{NumericDate, Seconds};
use crate::config;
use crate::model::refusal::{REQUEST_ID_LENGTH, Refusal};
use crate::storage::Storage;

/// The most that a list shows.
const MOST: u32 = 200;

/// The arguments of `signet refusals`.
#[derive(Args, Debug)]
pub(super) struct RefusalsArgs {
    #[command(flatten)]
    files: GlobalConfig,
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Show why a request was refused and how to mend it
    Show {
        /// The ten characters on the page, or of the header X-Request-Id
        id: String,
    },
    /// Show the latest refusals
    List {
        /// Only those of this client
        #[arg(long, value_name = "CLIENT_ID")]
        client: Option<String>,
        /// How far back, as durations are written in the configuration
        #[arg(long, value_name = "DURATION", default_value = "1d", value_parser = config::duration_in_seconds)]
        since: Seconds,
    },
}

/// Runs `signet refusals`.
pub(super) fn run(args: RefusalsArgs) -> ExitCode {
    let RefusalsArgs { files, command } = args;
    with_desk(files, Opening::Read, async move |desk| {
        answer(command, &desk.storage, desk.now, &mut io::stdout()).await
    })
}

async fn answer(
    command: Action,
    storage: &Storage,
    now: NumericDate,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    match command {
        Action::Show { id } => {
            let read = as_read(&id);
            let Some(refusal) = storage.refusal(&read).await? else {
                let typed: String = plain(&id).chars().take(2 * REQUEST_ID_LENGTH).collect();
                return Err(Failure::Refused(format!(
                    "no refusal '{typed}' is kept: check the ten characters; 10,000 are kept, for at most 7 days, and \
                     of a flood not all; the log names every one as request_id"
                )));
            };
            show(&refusal, &storage.events_of_request(&refusal.id, refusal.at).await?, out)?;
        }
        Action::List { client, since } => {
            list(&storage.list_refusals(client.as_deref(), now.saturating_sub(since), MOST).await?, out)?;
        }
    }
    Ok(())
}

/// An id as it is stored, however it was read aloud and typed.
fn as_read(id: &str) -> String {
    id.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

fn show(
    refusal: &Refusal,
    events: &[(String, Option<String>, Option<String>)],
    out: &mut (dyn Write + Send),
) -> io::Result<()> {
    let mut row = |name: &str, value: &str| writeln!(out, "{name:9} {}", plain(value));
    row("id", &refusal.id)?;
    row("time", &date(refusal.at))?;
    row("issuer", refusal.issuer.as_deref().unwrap_or("none that is configured"))?;
    row("request", &refusal.endpoint)?;
    row("answer", &format!("{} {}", refusal.status, refusal.error))?;
    row("client", refusal.client_id.as_deref().unwrap_or("not known"))?;
    row("person", refusal.username.as_deref().unwrap_or("not known"))?;
    row("address", &refusal.address.to_string())?;
    row("reason", &refusal.reason)?;
    for (kind, username, detail) in events {
        let about = [username.as_deref(), detail.as_deref()].map(Option::unwrap_or_default).join(" ");
        row("event", &format!("{kind} {about}"))?;
    }
    if let Some(mend) = mend(&refusal.error, refusal.status) {
        row("to mend", mend)?;
    }
    Ok(())
}

fn list(refusals: &[Refusal], out: &mut (dyn Write + Send)) -> io::Result<()> {
    if refusals.is_empty() {
        return writeln!(out, "Nothing was refused.");
    }
    for refusal in refusals {
        let client = refusal.client_id.as_deref().unwrap_or("-");
        let Refusal { id, at, status, error, address, reason, .. } = refusal;
        let line = format!("{}  {id}  {status} {error}  {client}  {address}  {reason}", date(*at));
        writeln!(out, "{}", plain(&line))?;
    }
    if refusals.len() >= usize::try_from(MOST).unwrap_or(usize::MAX) {
        writeln!(out, "There may be more: these are the latest {MOST}. Name a client or a shorter time.")?;
    }
    Ok(())
}

/// What an administrator can do, by the error code or the name of the page, and the status it came with.
pub(super) fn mend(error: &str, status: u16) -> Option<&'static str> {
    Some(match error {
        "user_code" => {
            "type the code that the device shows now; who typed too many wrong ones waits for an hour"
        }
        _ if status == 429 => {
            "wait as long as Retry-After says; when it meets those who mean well, raise the buckets of \
             server.endpoints.rate_limits"
        }
        "redirect_uri" => {
            "add the address to redirect_uris of the client, letter by letter, or correct it in the app"
        }
        "unknown_client" => {
            "register the client under identity_providers.oidc.clients, or correct client_id in the app"
        }
        "wrong_host" => {
            "add the host to session.cookies, or let the proxy pass the Host header on as it came"
        }
        "request_uri" | "answered" | "step_taken" => {
            "begin again at the app; nothing is wrong with the configuration"
        }
        "other_browser" => "open the link in the browser in which the sign-in began",
        "form_too_old" => {
            "reload the page; when it comes again, see whether a proxy changes the Origin header or drops cookies"
        }
        "invalid_client" => {
            "compare client_id and secret in the app with client_secret of the client, and the app's way of \
             authentication with token_endpoint_auth_method"
        }
        "invalid_grant" => {
            "begin again at the app; when it comes every time, the app redeems a code twice, or by another \
             redirect_uri or code_verifier than it asked with"
        }
        "unauthorized_client" => "add the grant or response type to the client, or choose another in the app",
        "unsupported_grant_type" => "choose in the app a grant type that discovery names",
        "unsupported_response_type" => "choose in the app a response type that discovery names",
        "unsupported_response_mode" => {
            "choose in the app a response mode that response_modes of the client names, or add it there; a token never \
             travels in a query"
        }
        "invalid_request_object" => {
            "compare what signs the app's request objects with request_object_signing_alg and the keys of the client; \
             its clock may be wrong; what encrypts them, with request_object_encryption_alg"
        }
        "invalid_request_uri" => {
            "add the address to request_uris of the client, and see whether Signet can fetch it"
        }
        "unmet_authentication_requirements" => {
            "the app demands a level of sign-in that the person or the policy does not give: let the person set up \
             one-time codes, or the app demand less"
        }
        "invalid_scope" => "add the scope to scopes of the client, or take it out of the app",
        "invalid_target" => "add the audience to audience of the client, or correct it in the app",
        "access_denied" => {
            "when the person may use the client: change the rule of the policy that the reason names"
        }
        "login_required" | "consent_required" | "interaction_required" | "account_selection_required" => {
            "nothing, as a rule: the app asked with prompt=none and has to ask again without it"
        }
        "invalid_token" | "no_token" => {
            "the app has to send an access token that has neither ended nor been revoked"
        }
        "insufficient_scope" => "let the app ask for the scope openid when it signs people in",
        "busy" | "temporarily_unavailable" => {
            "see whether the database answers (/api/health/ready), and try again"
        }
        "internal" | "server_error" | "500" => "search the log for this id, and report what it says",
        "sign_in" => {
            "see the event: the person types another name or password, or is banned for a while, or is disabled in the \
             users file, or the clock of the device is wrong"
        }
        "not_found" | "method_not_allowed" => {
            "correct the address in the app: discovery names the right ones"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use tempfile::TempDir;

    use super::*;
    use crate::model::event::{Event, EventKind};
    use crate::storage::StorageOptions;

    const NOW: NumericDate = 1_700_000_000;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: RefusalsArgs,
    }

    fn refusal(id: &str, at: NumericDate, client: Option<&str>) -> Refusal {
        Refusal {
            id: id.to_owned(),
            at,
            issuer: Some("https://op.example.com".to_owned()),
            endpoint: "GET /api/oidc/authorization".to_owned(),
            status: 400,
            error: "redirect_uri".to_owned(),
            client_id: client.map(str::to_owned),
            username: None,
            address: "192.0.2.7".parse().unwrap(),
            reason: "none of the client's\u{1b}[31m".to_owned(),
        }
    }

    async fn storage() -> (TempDir, Storage) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db.sqlite3");
        let storage = Storage::open(&StorageOptions::Sqlite { path }).await.unwrap();
        storage.migrate().await.unwrap();
        let kept = [
            refusal("ABCDEFGHJK", NOW - 60, Some("web")),
            refusal("ABCDEFGHJ2", NOW - 7200, Some("web")),
            refusal("ABCDEFGHJ3", NOW - 30, None),
        ];
        storage.keep_refusals(&kept).await.unwrap();
        let mut event = Event::new(EventKind::LoginFailure, NOW - 60);
        event.request_id = Some("ABCDEFGHJK".to_owned());
        event.username = Some("alice".to_owned());
        event.detail = Some("wrong password".to_owned());
        storage.append_events(&[event]).await.unwrap();
        (folder, storage)
    }

    async fn say(storage: &Storage, arguments: &[&str]) -> Result<String, String> {
        let line =
            Line::try_parse_from([&["refusals"], arguments].concat()).map_err(|error| error.to_string())?;
        let mut out = Vec::new();
        answer(line.args.command, storage, NOW, &mut out).await.map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[tokio::test]
    async fn ten_characters_say_why_and_how_to_mend_it() {
        let (_folder, storage) = storage().await;
        let expected = "\
id        ABCDEFGHJK
time      2023-11-14T22:12:20Z
issuer    https://op.example.com
request   GET /api/oidc/authorization
answer    400 redirect_uri
client    web
person    not known
address   192.0.2.7
reason    none of the client's\u{fffd}[31m
event     login.failure alice wrong password
to mend   add the address to redirect_uris of the client, letter by letter, or correct it in the app
";
        for typed in ["ABCDEFGHJK", "abcde fghjk", "abcde-fghjk"] {
            assert_eq!(say(&storage, &["show", typed]).await.unwrap(), expected);
        }
        let unknown = say(&storage, &["show", "ABCDEFGHJ9"]).await.unwrap_err();
        assert!(unknown.contains("no refusal 'ABCDEFGHJ9' is kept"), "{unknown}");
    }

    #[tokio::test]
    async fn a_list_is_of_a_client_and_of_a_time() {
        let (_folder, storage) = storage().await;
        let ids = async |arguments: &[&str]| -> Vec<String> {
            let said = say(&storage, arguments).await.unwrap();
            said.lines().filter_map(|line| line.split("  ").nth(1).map(str::to_owned)).collect()
        };
        assert_eq!(ids(&["list"]).await, ["ABCDEFGHJ3", "ABCDEFGHJK", "ABCDEFGHJ2"]);
        assert_eq!(ids(&["list", "--since", "1h"]).await, ["ABCDEFGHJ3", "ABCDEFGHJK"]);
        assert_eq!(ids(&["list", "--client", "web"]).await, ["ABCDEFGHJK", "ABCDEFGHJ2"]);
        assert_eq!(say(&storage, &["list", "--client", "other"]).await.unwrap(), "Nothing was refused.\n");
        let wrong = say(&storage, &["list", "--since", "soon"]).await.unwrap_err();
        assert!(wrong.contains("--since"), "{wrong}");
    }
}
