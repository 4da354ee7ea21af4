//! Every form of Signet's pages, with a browser that stands before it.

use crate::support::totp::Device;
use crate::support::{App, Ask, Browser, Client, View, WaitingDevice, waiting_device};

/// A form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    HomeSignIn,
    HomeSignOut,
    SignIn,
    SignInCancel,
    Enrol,
    SecondFactor,
    SelectContinue,
    SelectOther,
    Allow,
    Deny,
    SwitchPerson,
    SignOut,
    DeviceAllow,
    DeviceDeny,
    DeviceSwitch,
    Withdraw,
    UserCode,
}

impl Form {
    pub const ALL: [Self; 17] = [
        Self::HomeSignIn,
        Self::HomeSignOut,
        Self::SignIn,
        Self::SignInCancel,
        Self::Enrol,
        Self::SecondFactor,
        Self::SelectContinue,
        Self::SelectOther,
        Self::Allow,
        Self::Deny,
        Self::SwitchPerson,
        Self::SignOut,
        Self::DeviceAllow,
        Self::DeviceDeny,
        Self::DeviceSwitch,
        Self::Withdraw,
        Self::UserCode,
    ];
}

/// A browser before a form, and what the person is about to send.
pub struct Standing {
    pub browser: Browser,
    pub page: View,
    pub action: String,
    button: &'static str,
    filled: Vec<(&'static str, String)>,
}

impl Standing {
    /// What the press would send.
    pub fn fields(&self) -> Vec<(String, String)> {
        let filled: Vec<(&str, &str)> =
            self.filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Browser::filled(&self.page, self.button, &filled)
    }
}

/// Leads a new browser to a form.
pub async fn stand(app: &App, form: Form) -> Standing {
    let mut browser = Browser::new(app);
    let typed = || vec![("username", "alice".to_owned()), ("password", "alice-password".to_owned())];
    let (page, button, filled) = match form {
        Form::HomeSignIn => (browser.open("/").await, "login-submit", typed()),
        Form::HomeSignOut => (browser.sign_in_at_home("alice").await, "sign-out", Vec::new()),
        Form::SignIn => (browser.ask(&Ask::of("web")).await, "login-submit", typed()),
        Form::SignInCancel => (browser.ask(&Ask::of("web")).await, "login-cancel", Vec::new()),
        Form::Enrol => {
            let page = browser.ask(&Ask::of("web-2fa")).await;
            let page = browser.sign_in(&page, "bob").await;
            let code = Device::of(&page).code(app);
            (page, "second-factor-submit", vec![("code", code)])
        }
        Form::SecondFactor => {
            let code = enrolled(app, &mut browser).await;
            browser = Browser::new(app);
            let page = browser.ask(&Ask::of("web-2fa")).await;
            (browser.sign_in(&page, "alice").await, "second-factor-submit", vec![("code", code)])
        }
        Form::SelectContinue | Form::SelectOther => {
            browser.sign_in_at_home("alice").await;
            let page = browser.ask(&Ask::of("web").prompt("select_account")).await;
            let button = if form == Form::SelectOther { "account-other" } else { "account-continue" };
            (page, button, Vec::new())
        }
        Form::Allow | Form::Deny | Form::SwitchPerson => {
            let page = browser.ask(&Ask::of("web")).await;
            let button = match form {
                Form::Allow => "consent-allow",
                Form::Deny => "consent-deny",
                _ => "consent-switch",
            };
            (browser.sign_in(&page, "alice").await, button, Vec::new())
        }
        Form::DeviceAllow | Form::DeviceDeny | Form::DeviceSwitch => {
            let device = WaitingDevice::of(&Client::new(app, "tv"), "openid").await;
            let button = match form {
                Form::DeviceAllow => "device-allow",
                Form::DeviceDeny => "device-deny",
                _ => "device-switch",
            };
            (browser.reach_device(&device, "alice").await, button, Vec::new())
        }
        Form::Withdraw => {
            Client::new(app, "web").login_with(&mut browser, "alice", "openid").await;
            (browser.open("/consents/web").await, "consent-withdraw", Vec::new())
        }
        Form::UserCode => {
            let device = WaitingDevice::of(&Client::new(app, "tv"), "openid").await;
            let page = browser.open(waiting_device::PAGE).await;
            (page, "user-code-submit", vec![("user_code", device.user_code)])
        }
        Form::SignOut => {
            browser.sign_in_at_home("alice").await;
            (browser.open("/logout").await, "logout-confirm", Vec::new())
        }
    };
    assert!(page.has(button), "{form:?}: {} {}", page.path, page.text());
    let action = page.action(button);
    Standing { browser, page, action, button, filled }
}

/// Enrols a device, or one more where the person had one: the code of the step after the present one.
async fn enrolled(app: &App, browser: &mut Browser) -> String {
    let _ =
        signet::users::admin::delete_totp(&app.storage, "alice", "a test", app.clock.now()).await.unwrap();
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "enrol");
    let (device, _) = browser.enrol(&page).await;
    device.next_code(app)
}

pub fn encoded(fields: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Posts fields to the form's address with headers of the test's.
pub async fn post(
    browser: &mut Browser,
    standing: &Standing,
    fields: &[(String, String)],
    headers: &[(&str, &str)],
) -> View {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut call = browser.app.post(&standing.action).form(&fields);
    for (name, value) in headers {
        call = call.header(name, value);
    }
    browser.follow(&standing.action, call).await
}
