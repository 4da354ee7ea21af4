//! English.

use super::{
    ConsentTexts, ConsentsTexts, DeviceTexts, EnrolTexts, ErrorTexts, FaultTexts, FormPostTexts, HomeTexts,
    ScopeTexts, SecondFactorTexts, SelectAccountTexts, SignInTexts, SignOutTexts, SignedOutTexts, Texts,
};

/// English.
pub static EN: Texts = Texts {
    language: "en",
    direction: "ltr",
    product: "Signet",
    title_error: "Not accepted: ",
    an_app: "An app",
    cancel: |client| format!("Cancel and go back to {client}"),
    home_link: "Go to the start page",
    date_time,
    ago,
    duration,
    sign_in: SignInTexts {
        heading: "Sign in",
        heading_for: |client| format!("Sign in to continue to {client}"),
        lead: |issuer| format!("With your account at {issuer}."),
        lead_for: |host| format!("{host} asks who you are."),
        confirm: "Please confirm it is you before you go on.",
        confirm_for: |client| {
            format!("Please confirm it is you: {client} asks for a fresh sign-in, though you are signed in.")
        },
        refused: "That did not work. Check both fields and try again. If you are sure of them, wait a few minutes first.",
        username: "Username",
        password: "Password",
        remember: "Keep me signed in on this device",
        submit: "Sign in",
        forgot: "Forgot your password?",
    },
    second_factor: SecondFactorTexts {
        heading: "Your one-time code",
        lead: "One more step. Your authenticator app shows the code.",
        lead_for: |client| format!("{client} asks for a second step. Your authenticator app shows the code."),
        code: |digits| format!("{} digits", capitalized_number(digits)),
        refused: "That code did not work. Wait until your app shows a new one, then enter that.",
        submit: "Continue",
    },
    enrol: EnrolTexts {
        heading: "Set up one-time codes",
        lead: "They keep your account yours, even when someone learns your password.",
        lead_for: |client| format!("{client} asks for a second step after the password. You do this once."),
        app: "Get an authenticator app",
        app_hint: "It shows codes that change every minute or so. If your phone or password manager has one, take that; any will do.",
        add: "Add this account to it",
        add_hint: "Scan this picture:",
        open_hint: "Is the app on this device?",
        open: "Open in your authenticator app",
        qr: "QR code for your authenticator app. The key that follows says the same as text.",
        secret: "Or type this key into it:",
        confirm: "Enter the code it shows",
        submit: "Confirm",
        choose: "Does your app want other codes?",
        choose_hint: "Most apps take the ones above. Choose what yours asks for, and you get a new key to add to it.",
        digits: "A code has",
        period: "A code lasts",
        algorithm: "Algorithm",
        choose_submit: "Make a new key",
    },
    consent: ConsentTexts {
        heading_identity: |client| format!("Allow {client} to know who you are?"),
        heading_access: |client| format!("Allow {client} to act for you?"),
        lead: |host| format!("You will return to {host}."),
        not_you: "Not you?",
        scopes: |client| format!("What {client} would get"),
        scope_openid: ScopeTexts {
            title: "Recognise you",
            without_value: "by an identifier that stays the same",
        },
        scope_profile: ScopeTexts { title: "Your name and profile", without_value: "nothing is on file" },
        scope_email: ScopeTexts { title: "Your e-mail address", without_value: "none is on file" },
        scope_groups: ScopeTexts {
            title: "The groups you belong to",
            without_value: "you are in none at present",
        },
        scope_phone: ScopeTexts { title: "Your phone number", without_value: "none is on file" },
        scope_address: ScopeTexts { title: "Your postal address", without_value: "none is on file" },
        scope_offline_access: ScopeTexts {
            title: "Stay connected when you are away",
            without_value: "also after you close it or sign out here",
        },
        scope_other: |scope| format!("The permission “{scope}”"),
        claims: &[
            ("name", "Your name"),
            ("given_name", "Your first name"),
            ("family_name", "Your family name"),
            ("middle_name", "Your middle name"),
            ("nickname", "Your nickname"),
            ("preferred_username", "Your username"),
            ("profile", "The address of your profile page"),
            ("picture", "The address of your picture"),
            ("website", "Your website"),
            ("gender", "Your gender"),
            ("birthdate", "Your date of birth"),
            ("zoneinfo", "Your time zone"),
            ("locale", "Your language"),
            ("updated_at", "When your details last changed"),
            ("email", "Your e-mail address"),
            ("email_verified", "Whether your e-mail address was verified"),
            ("alt_emails", "Your other e-mail addresses"),
            ("address", "Your postal address"),
            ("phone_number", "Your phone number"),
            ("phone_number_verified", "Whether your phone number was verified"),
            ("groups", "The groups you belong to"),
        ],
        claim_other: |claim| format!("The detail “{claim}”"),
        claim_without_value: "nothing is on file",
        optional_claims: |client| format!("{client} would like this too, if you tick it:"),
        audiences: "It may use this at:",
        remember: |duration| format!("Do not ask again for {duration}"),
        allow: "Allow",
        deny: "Deny",
    },
    device: DeviceTexts {
        type_heading: "Connect a device",
        type_lead: "Your TV, tool or other device shows a code. Type it here.",
        code: "Code on the device",
        type_hint: "Go on only with a code from a device in front of you. If someone sent you a code or a link, stop here: they want into your account.",
        type_submit: "Continue",
        unknown: "That code leads nowhere. Compare it with the one on the device. If it is the same, start anew there: a code is good for a few minutes, and once.",
        too_many: "Too many codes that lead nowhere were typed here. Wait an hour, then start anew on the device.",
        heading: |client| format!("Connect {client} on a device?"),
        lead: "A device asks to use your account. It must show this code:",
        warning_heading: "Did you start this yourself, just now?",
        warning: "If someone sent you the code or a link to this page, choose Deny: they would get into your account.",
        app: "App",
        asked: "Asked",
        from: "From",
        same_place: "the same address as this browser",
        other_place: "not the address of this browser",
        allowed_heading: "Your device is connected",
        allowed: |client| {
            format!("You may go back to your device. {client} goes on there by itself in a moment.")
        },
        allowed_prose: "You can take its access away again at the start page.",
        denied_heading: "The device was not connected",
        denied: |client| format!("{client} got nothing, and the code is of no use any more."),
        denied_prose: "You may close this page.",
        forbidden_heading: |client| format!("{client} is not open to you"),
        forbidden: "Your sign-in is right, but your account may not use this app, so the device was not connected. If you need it, ask whoever runs this service.",
    },
    consents: ConsentsTexts {
        heading: "Apps with access",
        lead: "They know you, or act for you, without asking each time.",
        none: "No app has access to your account at the moment.",
        withdrawn: |client| format!("{client} has no access any more."),
        since: |ago| format!("Access since: {ago}"),
        change: |client| format!("What {client} may do, and how to end it"),
        back: "Back to the start page",
        question: |client| format!("Take away the access of {client}?"),
        question_lead: "From now on it gets nothing more from here. Where you are signed in to it, sign out there too. Signing in there again gives it access anew.",
        scopes: |client| format!("What {client} may do"),
        remembered: "Not asked until",
        withdraw: "Take access away",
        keep: "Keep it",
    },
    select_account: SelectAccountTexts {
        heading: "Choose an account",
        lead_for: |client| format!("You go on to {client} with it."),
        continue_as: "Continue as",
        other: "Use another account",
    },
    home: HomeTexts {
        heading: "You are signed in",
        onward: |host| format!("Continue to {host}"),
        lead: |issuer| format!("Apps that use {issuer} know you without asking again."),
        since: "Since",
        level: "With",
        one_factor: "your password",
        two_factors: "your password and a one-time code",
        one_time_code: "One-time codes",
        enrolled: "set up",
        not_enrolled: "not set up",
        sign_out: "Sign out",
        consents: "Apps with access",
        device: "Connect a device",
    },
    sign_out: SignOutTexts {
        heading: "Sign out?",
        lead: |issuer| format!("Apps will ask you to sign in at {issuer} again."),
        confirm: "Sign out",
        stay: "Stay signed in",
        asked: |client| format!("{client} asks for this."),
        stays: "The app did not prove whose request this is: its ID token is missing, not valid or another app's, or the address it names is not registered for it. You stay here instead.",
    },
    signed_out: SignedOutTexts {
        heading: "Signed out",
        lead: |issuer| format!("You are signed out of {issuer} in this browser."),
        apps: "An app you have open may still know you for a while. On a computer that others use, sign out there too, or close the browser.",
        again: "Sign in again",
    },
    form_post: FormPostTexts {
        heading: |client| format!("Back to {client}"),
        lead: "You are on your way. If nothing happens, use the button.",
        submit: |client| format!("Continue to {client}"),
    },
    error: ErrorTexts {
        operator: |client| format!("For whoever runs {client}"),
        operator_of_app: "For whoever runs the app",
        operator_of_service: "For whoever runs this service",
        parameter: "Parameter",
        received: "Received",
        code: "Code of this refusal",
        retry: "Try again",
        unknown_client: FaultTexts {
            heading: "Request refused",
            happened: |_| {
                "An app that is not registered here sent you, so Signet stopped. You did nothing wrong."
                    .to_owned()
            },
            advice: |_| {
                "Tell whoever runs the app, with the code below. There is nothing to mend on your side."
                    .to_owned()
            },
            operator: "The client_id must be one of the configured clients.",
        },
        redirect_uri: FaultTexts {
            heading: "Request refused",
            happened: |client| {
                format!(
                    "{client} sent you here with an address to return to that is not registered for it, so Signet stopped. You did nothing wrong."
                )
            },
            advice: |client| {
                format!(
                    "Tell whoever runs {}, with the code below. There is nothing to mend on your side.",
                    inside(client)
                )
            },
            operator: "The redirect_uri must equal a registered one, character by character.",
        },
        request_uri: FaultTexts {
            heading: "This link no longer works",
            happened: |client| {
                format!("The link that {} gave you has expired or has been used.", inside(client))
            },
            advice: |client| format!("Go back to {} and start again.", inside(client)),
            operator: "A request_uri serves for a short time, in one browser, and for one answer.",
        },
        invalid_request: FaultTexts {
            heading: "Request refused",
            happened: |client| {
                format!(
                    "{client} sent you here with a request that cannot be answered, so Signet stopped. You did nothing wrong."
                )
            },
            advice: |client| {
                format!(
                    "Go back to {} and try once more. If this page returns, tell whoever runs it, with the code below.",
                    inside(client)
                )
            },
            operator: "",
        },
        answered: FaultTexts {
            heading: "This page has done its work",
            happened: |_| "Its question was answered already, or it was open for too long.".to_owned(),
            advice: |client| {
                format!(
                    "Nothing is lost: go back to {}. If it asks you to sign in, start from there.",
                    inside(client)
                )
            },
            operator: "",
        },
        step_taken: FaultTexts {
            heading: "This step is done",
            happened: |_| {
                "Your code was accepted before, perhaps in another tab, or it took too long, or you were signed out meanwhile."
                    .to_owned()
            },
            advice: |_| "Try again, and the next step comes up.".to_owned(),
            operator: "",
        },
        other_browser: FaultTexts {
            heading: "This belongs to another browser",
            happened: |_| {
                "The sign-in behind this address was begun in another browser, or the cookies of this one were deleted since.".to_owned()
            },
            advice: |client| format!("Go back to {} in this browser and start again.", inside(client)),
            operator: "",
        },
        form_too_old: FaultTexts {
            heading: "This form is too old",
            happened: |_| {
                "It was open for a long time, or you signed in or out in another tab meanwhile. Nothing was changed."
                    .to_owned()
            },
            advice: |_| {
                "Open the page afresh and send it once more. Cookies must be allowed here.".to_owned()
            },
            operator: "",
        },
        not_found: FaultTexts {
            heading: "There is no such page",
            happened: |_| "The address may be mistyped, or the page is gone.".to_owned(),
            advice: |_| "If an app sent you here, go back to it and start again.".to_owned(),
            operator: "",
        },
        method_not_allowed: FaultTexts {
            heading: "This page does not open that way",
            happened: |_| "It was opened in a way it does not support. You did nothing wrong.".to_owned(),
            advice: |_| "Go back to the app you came from and start again.".to_owned(),
            operator: "The HTTP method is not one that this address serves; the Allow header names those it does.",
        },
        unreadable: FaultTexts {
            heading: "This request cannot be read",
            happened: |_| "It was too large, or arrived damaged.".to_owned(),
            advice: |_| {
                "Go back to the app you came from and start again. If it stays so, delete the cookies of this site."
                    .to_owned()
            },
            operator: "",
        },
        wrong_host: FaultTexts {
            heading: "Signet does not serve this address",
            happened: |_| "It answers only under the names it was set up for.".to_owned(),
            advice: |_| "These are the right ones:".to_owned(),
            operator: "The Host header names no configured session.cookies[].authelia_url. A reverse proxy must hand on the Host it received.",
        },
        internal: FaultTexts {
            heading: "Something broke on our side",
            happened: |_| "You did nothing wrong, and nothing was granted.".to_owned(),
            advice: |_| {
                "Try again in a minute. If it stays so, tell whoever runs this service, with the code below."
                    .to_owned()
            },
            operator: "The log holds the cause beside the code of this refusal.",
        },
        busy: FaultTexts {
            heading: "Not available just now",
            happened: |_| {
                "Signet cannot answer at the moment. You did nothing wrong, and nothing is lost.".to_owned()
            },
            advice: |_| "Wait a few seconds, then try again.".to_owned(),
            operator: "",
        },
        too_many_failures: FaultTexts {
            heading: "Too many wrong codes",
            happened: |_| {
                "Too many wrong codes came from your network, so no more are tried for now.".to_owned()
            },
            advice: |_| "Wait a minute, go back, and type the code that your app shows then.".to_owned(),
            operator: "server.endpoints.rate_limits.second_factor_totp says how many are tolerated.",
        },
    },
};

/// The client's name as it stands inside a sentence.
fn inside(client: &str) -> &str {
    if client == EN.an_app { "the app" } else { client }
}

fn capitalized_number(digits: u8) -> String {
    match digits {
        6 => "Six".to_owned(),
        7 => "Seven".to_owned(),
        8 => "Eight".to_owned(),
        other => other.to_string(),
    }
}

fn date_time(seconds: i64) -> String {
    time::OffsetDateTime::from_unix_timestamp(seconds).map_or_else(
        |_| seconds.to_string(),
        |moment| {
            format!(
                "{} {} {}, {:02}:{:02}\u{a0}UTC",
                moment.day(),
                moment.month(),
                moment.year(),
                moment.hour(),
                moment.minute()
            )
        },
    )
}

fn ago(seconds: i64) -> String {
    match seconds {
        ..60 => "just now".to_owned(),
        60..3600 => format!("{} ago", counted(seconds / 60, "minute", "a")),
        3600..172_800 => format!("{} ago", counted(seconds / 3600, "hour", "an")),
        _ => format!("{} ago", counted(seconds / 86_400, "day", "a")),
    }
}

fn duration(seconds: i64) -> String {
    for (unit, length) in [("week", 604_800), ("day", 86_400), ("hour", 3600), ("minute", 60)] {
        if seconds >= length && seconds % length == 0 {
            return counted(seconds / length, unit, "one");
        }
    }
    counted(seconds, "second", "one")
}

fn counted(number: i64, unit: &str, one: &str) -> String {
    if number == 1 { format!("{one} {unit}") } else { format!("{number} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_said_in_the_largest_unit_that_fits() {
        assert_eq!(duration(604_800), "one week");
        assert_eq!(duration(2 * 86_400), "2 days");
        assert_eq!(duration(90 * 60), "90 minutes");
        assert_eq!(duration(61), "61 seconds");
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        assert_eq!(ago(5), "just now");
        assert_eq!(ago(-5), "just now");
        assert_eq!(ago(61), "a minute ago");
        assert_eq!(ago(7200), "2 hours ago");
        assert_eq!(ago(86_400 * 3), "3 days ago");
        assert_eq!(date_time(1_795_336_440), "22 November 2026, 08:34\u{a0}UTC");
    }

    #[test]
    fn an_app_without_a_name_is_called_the_app_inside_a_sentence() {
        assert!((EN.error.redirect_uri.advice)("Grafana").contains("runs Grafana,"));
        assert!((EN.error.redirect_uri.advice)(EN.an_app).contains("runs the app,"));
    }
}
