//! One walk through everything that people do with a browser between a relying party and Signet.

use std::fmt;

use super::person::Person;

/// The steps of the walk, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A link of another site leads to the sign-in page.
    Link,
    /// Name and password lead to the consent page.
    SignIn,
    /// The answer by query reaches the relying party, which knows the person.
    Query,
    /// In a frame of another site there is no session, and no page.
    Frame,
    /// A form that a sibling host makes does nothing.
    Forged,
    /// The window that the relying party opened tells it who signed in.
    Popup,
    /// The answer by form.
    FormPost,
    /// The relying party's own answer leads on to another site.
    Onward,
    /// It leads on to an app.
    OnwardToApp,
    /// The answer goes to an app at once.
    App,
    /// A form of another site, in a browser that is signed in; the answer by fragment.
    PostSignedIn,
    /// The answer by form, without scripts.
    FormPostWithoutScripts,
    /// `prompt=none`, by redirect.
    Silent,
    /// A second relying party asks for no password.
    SingleSignOn,
    /// Back after consent grants nothing more.
    BackAfterConsent,
    /// Signing out ends the session.
    SignOut,
    /// So it does when a relying party posts the person there, and has them back.
    SignOutByClient,
    /// A form of another site, in a browser that is not signed in, and Back after sign-in.
    PostSignedOut,
    /// Closing the browser ends a session that is not to be remembered.
    Restart,
    /// Two tabs with a pending authorization each.
    TwoTabs,
    /// Closing the browser does not end a session that is to be remembered.
    Remembered,
    /// A client that demands two factors.
    TwoFactors,
    /// What the browser holds at the end.
    Cookies,
}

/// Where a walk stopped, and why.
#[derive(Debug)]
pub struct Stumble {
    pub step: Step,
    pub why: String,
}

impl fmt::Display for Stumble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.step, self.why)
    }
}

/// When the neighbour plants its cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planting {
    /// Before the person ever comes to the provider, and during the walk.
    Always,
    /// Only while the person signs in.
    During,
    /// One cookie of each name, before the person ever comes to the provider.
    One,
    Never,
}

/// Walks to the end, or to the first step that does not do what it should.
pub async fn walk(person: &Person<'_>, planting: Planting) -> Result<(), Stumble> {
    person.reset().await;
    let at = |step: Step| move |why: String| Stumble { step, why };
    person.link(planting).await.map_err(at(Step::Link))?;
    person.sign_in_at_link(planting).await.map_err(at(Step::SignIn))?;
    person.answer_by_query().await.map_err(at(Step::Query))?;
    person.frame().await.map_err(at(Step::Frame))?;
    person.forged().await.map_err(at(Step::Forged))?;
    person.popup_login().await.map_err(at(Step::Popup))?;
    person.form_post().await.map_err(at(Step::FormPost))?;
    person.onward().await.map_err(at(Step::Onward))?;
    person.onward_to_app().await.map_err(at(Step::OnwardToApp))?;
    person.app().await.map_err(at(Step::App))?;
    person.post_signed_in().await.map_err(at(Step::PostSignedIn))?;
    person.form_post_without_scripts().await.map_err(at(Step::FormPostWithoutScripts))?;
    person.silent().await.map_err(at(Step::Silent))?;
    person.single_sign_on().await.map_err(at(Step::SingleSignOn))?;
    person.back_after_consent().await.map_err(at(Step::BackAfterConsent))?;
    person.sign_out().await.map_err(at(Step::SignOut))?;
    person.sign_out_by_client().await.map_err(at(Step::SignOutByClient))?;
    person.post_signed_out(planting).await.map_err(at(Step::PostSignedOut))?;
    person.restart().await.map_err(at(Step::Restart))?;
    person.two_tabs().await.map_err(at(Step::TwoTabs))?;
    person.remembered().await.map_err(at(Step::Remembered))?;
    person.two_factors(planting).await.map_err(at(Step::TwoFactors))?;
    person.jar(planting).await.map_err(at(Step::Cookies))
}
