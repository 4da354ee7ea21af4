//! What the pages say. A language is one more value of [`Texts`]; templates hold no sentence.

mod en;

pub use en::EN;

/// Every sentence of every page, in one language.
pub struct Texts {
    /// Language of the page, as `html lang` wants it (BCP 47).
    pub language: &'static str,
    /// Direction of writing, `ltr` or `rtl`.
    pub direction: &'static str,
    /// Name of the program, after the heading in the browser's title.
    pub product: &'static str,
    /// Stands before the title when what was sent was refused.
    pub title_error: &'static str,
    /// What an app is called when its name is not known; may begin a sentence.
    pub an_app: &'static str,
    /// Leaves the request: takes the client's name.
    pub cancel: fn(&str) -> String,
    /// Leads to the start page.
    pub home_link: &'static str,
    /// The time of an event, in words: seconds since the epoch.
    pub date_time: fn(i64) -> String,
    /// How long ago: seconds.
    pub ago: fn(i64) -> String,
    /// A length of time: seconds.
    pub duration: fn(i64) -> String,
    /// Page `sign-in`.
    pub sign_in: SignInTexts,
    /// Page `second-factor`.
    pub second_factor: SecondFactorTexts,
    /// Page `enrol`.
    pub enrol: EnrolTexts,
    /// Page `consent`.
    pub consent: ConsentTexts,
    /// The pages about a device that waits elsewhere.
    pub device: DeviceTexts,
    /// The pages about what applications hold.
    pub consents: ConsentsTexts,
    /// Page `select-account`.
    pub select_account: SelectAccountTexts,
    /// The signed-in home.
    pub home: HomeTexts,
    /// The page that asks before signing out.
    pub sign_out: SignOutTexts,
    /// The page after signing out.
    pub signed_out: SignedOutTexts,
    /// The page that posts an answer to the client.
    pub form_post: FormPostTexts,
    /// The page of a refusal.
    pub error: ErrorTexts,
}

/// Sentences of the page `sign-in`.
pub struct SignInTexts {
    /// Heading when no client asks.
    pub heading: &'static str,
    /// Heading when a client asks: its name.
    pub heading_for: fn(&str) -> String,
    /// Under the heading when no client asks: the issuer's host.
    pub lead: fn(&str) -> String,
    /// Under the heading when a client asks: its host, or its name where it has none.
    pub lead_for: fn(&str) -> String,
    /// Why a person who is signed in is asked again, when no client asks.
    pub confirm: &'static str,
    /// Why a person who is signed in is asked again: the client's name.
    pub confirm_for: fn(&str) -> String,
    /// The one answer to wrong, unknown, disabled, banned and too many attempts.
    pub refused: &'static str,
    /// Label.
    pub username: &'static str,
    /// Label.
    pub password: &'static str,
    /// Label of the checkbox.
    pub remember: &'static str,
    /// Button.
    pub submit: &'static str,
    /// Link to where a password is reset.
    pub forgot: &'static str,
}

/// Sentences of the page `second-factor`.
pub struct SecondFactorTexts {
    /// Heading.
    pub heading: &'static str,
    /// Under the heading when no client asks.
    pub lead: &'static str,
    /// Under the heading: the client's name.
    pub lead_for: fn(&str) -> String,
    /// Label of the field: how many digits the code has.
    pub code: fn(u8) -> String,
    /// The one answer to a wrong code, a used one and too many attempts.
    pub refused: &'static str,
    /// Button.
    pub submit: &'static str,
}

/// Sentences of the page `enrol`.
pub struct EnrolTexts {
    /// Heading.
    pub heading: &'static str,
    /// Under the heading when no client asks.
    pub lead: &'static str,
    /// Under the heading: the client's name.
    pub lead_for: fn(&str) -> String,
    /// First step.
    pub app: &'static str,
    /// Explains the first step.
    pub app_hint: &'static str,
    /// Second step.
    pub add: &'static str,
    /// Explains the QR code.
    pub add_hint: &'static str,
    /// Stands before that link.
    pub open_hint: &'static str,
    /// Link with the `otpauth:` address.
    pub open: &'static str,
    /// What the QR code is, for those who do not see it.
    pub qr: &'static str,
    /// Stands before the seed in text.
    pub secret: &'static str,
    /// Third step.
    pub confirm: &'static str,
    /// Button.
    pub submit: &'static str,
    /// Opens what else an app may take.
    pub choose: &'static str,
    /// Explains it.
    pub choose_hint: &'static str,
    /// Label.
    pub digits: &'static str,
    /// Label.
    pub period: &'static str,
    /// Label.
    pub algorithm: &'static str,
    /// Button.
    pub choose_submit: &'static str,
}

/// Sentences of the page `consent`.
pub struct ConsentTexts {
    /// Heading when `openid` is asked for: the client's name.
    pub heading_identity: fn(&str) -> String,
    /// Heading without `openid`: the client's name.
    pub heading_access: fn(&str) -> String,
    /// Under the heading: the host the person returns to.
    pub lead: fn(&str) -> String,
    /// Link for a person who is someone else.
    pub not_you: &'static str,
    /// Names the list of scopes to screen readers: the client's name.
    pub scopes: fn(&str) -> String,
    /// `openid`
    pub scope_openid: ScopeTexts,
    /// `profile`
    pub scope_profile: ScopeTexts,
    /// `email`
    pub scope_email: ScopeTexts,
    /// `groups`
    pub scope_groups: ScopeTexts,
    /// `phone`
    pub scope_phone: ScopeTexts,
    /// `address`
    pub scope_address: ScopeTexts,
    /// `offline_access`
    pub scope_offline_access: ScopeTexts,
    /// A scope that only the configuration knows: its name.
    pub scope_other: fn(&str) -> String,
    /// Single claims by name, and what they tell.
    pub claims: &'static [(&'static str, &'static str)],
    /// A claim that only the configuration knows: its name.
    pub claim_other: fn(&str) -> String,
    /// Shown where the person has no value for a claim.
    pub claim_without_value: &'static str,
    /// Stands before the claims that the person may add: the client's name.
    pub optional_claims: fn(&str) -> String,
    /// Stands before the audiences.
    pub audiences: &'static str,
    /// Label of the checkbox: how long the decision is kept, in words.
    pub remember: fn(&str) -> String,
    /// Button.
    pub allow: &'static str,
    /// Button.
    pub deny: &'static str,
}

/// Sentences of the pages about a device that waits elsewhere.
pub struct DeviceTexts {
    /// Heading of the page that asks for the code.
    pub type_heading: &'static str,
    /// Under it.
    pub type_lead: &'static str,
    /// Label of the field.
    pub code: &'static str,
    /// Whose code to type, and whose not.
    pub type_hint: &'static str,
    /// Button.
    pub type_submit: &'static str,
    /// The one answer to an unknown, a used and an ended code.
    pub unknown: &'static str,
    /// The answer to whoever typed too many of those.
    pub too_many: &'static str,
    /// Heading of the question: the client's name.
    pub heading: fn(&str) -> String,
    /// Under it, before the code.
    pub lead: &'static str,
    /// Begins the warning.
    pub warning_heading: &'static str,
    /// The warning against codes that somebody sent; names the button `deny`.
    pub warning: &'static str,
    /// Label: the application.
    pub app: &'static str,
    /// Label: when it asked.
    pub asked: &'static str,
    /// Label: the address it asked from.
    pub from: &'static str,
    /// The device's address is the browser's.
    pub same_place: &'static str,
    /// It is not.
    pub other_place: &'static str,
    /// Heading once it was allowed.
    pub allowed_heading: &'static str,
    /// Under it: the client's name.
    pub allowed: fn(&str) -> String,
    /// What can be done about it later.
    pub allowed_prose: &'static str,
    /// Heading once it was denied.
    pub denied_heading: &'static str,
    /// Under it: the client's name.
    pub denied: fn(&str) -> String,
    /// What to do then.
    pub denied_prose: &'static str,
    /// Heading when the policy denies: the client's name.
    pub forbidden_heading: fn(&str) -> String,
    /// Under it.
    pub forbidden: &'static str,
}

/// Sentences of the pages about what applications hold.
pub struct ConsentsTexts {
    /// Heading of the list.
    pub heading: &'static str,
    /// Under it.
    pub lead: &'static str,
    /// Under it, when the list is empty.
    pub none: &'static str,
    /// An application lost its access: its name.
    pub withdrawn: fn(&str) -> String,
    /// Since when an application has access: how long ago, in words.
    pub since: fn(&str) -> String,
    /// What the link of an application leads to: its name.
    pub change: fn(&str) -> String,
    /// Link.
    pub back: &'static str,
    /// Heading of the question: the application's name.
    pub question: fn(&str) -> String,
    /// Under it.
    pub question_lead: &'static str,
    /// Names the list of scopes to screen readers: the application's name.
    pub scopes: fn(&str) -> String,
    /// Label: until when the person is not asked again.
    pub remembered: &'static str,
    /// Button.
    pub withdraw: &'static str,
    /// Link back.
    pub keep: &'static str,
}

/// What a scope means.
pub struct ScopeTexts {
    /// Its meaning in a few words.
    pub title: &'static str,
    /// Shown where the person has no value for it.
    pub without_value: &'static str,
}

/// Sentences of the page `select-account`.
pub struct SelectAccountTexts {
    /// Heading.
    pub heading: &'static str,
    /// Under the heading: the client's name.
    pub lead_for: fn(&str) -> String,
    /// Before the name on the button.
    pub continue_as: &'static str,
    /// Button.
    pub other: &'static str,
}

/// Sentences of the signed-in home.
pub struct HomeTexts {
    /// Heading.
    pub heading: &'static str,
    /// Link to where people go on from here: the host.
    pub onward: fn(&str) -> String,
    /// Under the heading: the issuer's host.
    pub lead: fn(&str) -> String,
    /// Label: when the person signed in.
    pub since: &'static str,
    /// Label: with what the person signed in.
    pub level: &'static str,
    /// With a password only.
    pub one_factor: &'static str,
    /// With a password and a one-time code.
    pub two_factors: &'static str,
    /// Label: state of the one-time code.
    pub one_time_code: &'static str,
    /// The person has one.
    pub enrolled: &'static str,
    /// The person has none.
    pub not_enrolled: &'static str,
    /// Button.
    pub sign_out: &'static str,
    /// Link to what applications hold.
    pub consents: &'static str,
    /// Link to where a device's code is typed.
    pub device: &'static str,
}

/// Sentences of the page that asks before signing out.
pub struct SignOutTexts {
    /// Heading of the question.
    pub heading: &'static str,
    /// Under the question: the issuer's host.
    pub lead: fn(&str) -> String,
    /// Button.
    pub confirm: &'static str,
    /// Link back.
    pub stay: &'static str,
    /// Under the lead, when an app asks: its name.
    pub asked: fn(&str) -> String,
    /// Notice: the app failed to prove itself, or the address it wanted to lead on to.
    pub stays: &'static str,
}

/// Sentences of the page after signing out.
pub struct SignedOutTexts {
    /// Heading.
    pub heading: &'static str,
    /// Under the heading: the issuer's host.
    pub lead: fn(&str) -> String,
    /// What signing out here does not end.
    pub apps: &'static str,
    /// Link to sign in again.
    pub again: &'static str,
}

/// Sentences of the page that posts an answer to the client.
pub struct FormPostTexts {
    /// Heading: the client's name.
    pub heading: fn(&str) -> String,
    /// Under the heading.
    pub lead: &'static str,
    /// Button: the client's name.
    pub submit: fn(&str) -> String,
}

/// Sentences of the page of a refusal.
pub struct ErrorTexts {
    /// Heading of the part for whoever runs the app: its name.
    pub operator: fn(&str) -> String,
    /// The same when the app at fault is not known.
    pub operator_of_app: &'static str,
    /// The same when no app is at fault.
    pub operator_of_service: &'static str,
    /// Label of the parameter.
    pub parameter: &'static str,
    /// Label of the value as it was received.
    pub received: &'static str,
    /// Label of the code of this refusal.
    pub code: &'static str,
    /// Link that tries the same page again.
    pub retry: &'static str,
    /// The client is not registered.
    pub unknown_client: FaultTexts,
    /// The address to return to is missing or not registered.
    pub redirect_uri: FaultTexts,
    /// A pushed request is unknown, expired, spent or of another browser.
    pub request_uri: FaultTexts,
    /// The request has another fault that cannot be told to the client.
    pub invalid_request: FaultTexts,
    /// A pending request is answered or expired.
    pub answered: FaultTexts,
    /// [`Fault::StepTaken`](super::pages::error::Fault::StepTaken).
    pub step_taken: FaultTexts,
    /// A pending request belongs to another browser.
    pub other_browser: FaultTexts,
    /// The form's CSRF value does not fit.
    pub form_too_old: FaultTexts,
    /// 404
    pub not_found: FaultTexts,
    /// 405
    pub method_not_allowed: FaultTexts,
    /// The request is too large, too slow or not well formed.
    pub unreadable: FaultTexts,
    /// 421
    pub wrong_host: FaultTexts,
    /// 500
    pub internal: FaultTexts,
    /// 503
    pub busy: FaultTexts,
    /// 429
    pub too_many_failures: FaultTexts,
}

/// What a refusal says.
pub struct FaultTexts {
    /// Heading.
    pub heading: &'static str,
    /// What happened: the client's name, or [`Texts::an_app`].
    pub happened: fn(&str) -> String,
    /// What to do now: the client's name, or [`Texts::an_app`].
    pub advice: fn(&str) -> String,
    /// What whoever runs the app or the service should know; may be empty.
    pub operator: &'static str,
}
