//! What the demo remembers of each browser, in memory and bounded.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use openidconnect::CsrfToken;

use crate::demo::login::Login;

/// Browsers that are remembered; the oldest goes when one more comes.
const BROWSERS: usize = 500;
/// Logins of one browser that wait for their answer: tabs that were opened and not finished.
const PENDING: usize = 8;

/// A login that waits for the provider's answer.
#[derive(Clone)]
pub(crate) struct Pending {
    pub(crate) state: String,
    pub(crate) client_id: String,
    pub(crate) nonce: String,
    pub(crate) code_verifier: String,
}

/// One browser: who is signed in, and what it waits for.
#[derive(Default)]
pub(crate) struct Browser {
    pub(crate) login: Option<Login>,
    pending: Vec<Pending>,
}

/// All browsers, found by the random value of their cookie.
#[derive(Default)]
pub(crate) struct Browsers {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    browsers: HashMap<String, Browser>,
    oldest_first: VecDeque<String>,
}

impl Browsers {
    fn known(&self) -> MutexGuard<'_, Known> {
        // No code that holds the lock can leave a browser half written.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a login that begins, and says under which cookie: the present one, or a new one.
    pub(crate) fn begin(&self, cookie: Option<&str>, pending: Pending) -> String {
        let mut known = self.known();
        let cookie = match cookie.filter(|cookie| known.browsers.contains_key(*cookie)) {
            Some(cookie) => cookie.to_owned(),
            None => known.admit(Browser::default()),
        };
        if let Some(browser) = known.browsers.get_mut(&cookie) {
            if browser.pending.len() >= PENDING {
                browser.pending.remove(0);
            }
            browser.pending.push(pending);
        }
        cookie
    }

    /// Takes the login that an answer belongs to: an answer counts once.
    pub(crate) fn take_pending(&self, cookie: Option<&str>, state: &str) -> Option<Pending> {
        let mut known = self.known();
        let pending = &mut known.browsers.get_mut(cookie?)?.pending;
        let at = pending.iter().position(|pending| pending.state == state)?;
        Some(pending.remove(at))
    }

    /// Signs a browser in under a new cookie, so that a cookie planted before is worth nothing.
    pub(crate) fn sign_in(&self, cookie: Option<&str>, login: Login) -> String {
        let mut known = self.known();
        let mut browser = cookie.and_then(|cookie| known.remove(cookie)).unwrap_or_default();
        browser.login = Some(login);
        known.admit(browser)
    }

    /// The login of a browser.
    pub(crate) fn login(&self, cookie: Option<&str>) -> Option<Login> {
        self.known().browsers.get(cookie?)?.login.clone()
    }

    /// Changes the login of a browser, when there still is one.
    pub(crate) fn change(&self, cookie: Option<&str>, change: impl FnOnce(&mut Login)) {
        let mut known = self.known();
        let login = cookie
            .and_then(|cookie| known.browsers.get_mut(cookie))
            .and_then(|browser| browser.login.as_mut());
        if let Some(login) = login {
            change(login);
        }
    }

    /// Forgets a browser and gives back what was known of its login.
    pub(crate) fn forget(&self, cookie: Option<&str>) -> Option<Login> {
        self.known().remove(cookie?)?.login
    }
}

impl Known {
    fn admit(&mut self, browser: Browser) -> String {
        if self.browsers.len() >= BROWSERS
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.browsers.remove(&oldest);
        }
        let cookie = CsrfToken::new_random_len(32).secret().clone();
        self.oldest_first.push_back(cookie.clone());
        self.browsers.insert(cookie.clone(), browser);
        cookie
    }

    fn remove(&mut self, cookie: &str) -> Option<Browser> {
        self.oldest_first.retain(|known| known != cookie);
        self.browsers.remove(cookie)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(state: &str) -> Pending {
        Pending {
            state: state.to_owned(),
            client_id: "demo-web".to_owned(),
            nonce: "n".to_owned(),
            code_verifier: "v".to_owned(),
        }
    }

    #[test]
    fn an_answer_counts_once_and_only_in_its_browser() {
        let browsers = Browsers::default();
        let one = browsers.begin(None, pending("a"));
        let other = browsers.begin(None, pending("b"));
        assert_ne!(one, other);
        assert!(browsers.take_pending(Some(&other), "a").is_none());
        assert!(browsers.take_pending(None, "a").is_none());
        assert!(browsers.take_pending(Some(&one), "a").is_some());
        assert!(browsers.take_pending(Some(&one), "a").is_none());
    }

    #[test]
    fn several_tabs_of_one_browser_wait_side_by_side() {
        let browsers = Browsers::default();
        let cookie = browsers.begin(None, pending("a"));
        assert_eq!(browsers.begin(Some(&cookie), pending("b")), cookie);
        assert!(browsers.take_pending(Some(&cookie), "b").is_some());
        assert!(browsers.take_pending(Some(&cookie), "a").is_some());
    }

    #[test]
    fn a_cookie_that_was_not_given_here_is_not_taken_over() {
        let browsers = Browsers::default();
        assert_ne!(browsers.begin(Some("planted"), pending("a")), "planted");
    }

    #[test]
    fn a_login_gets_a_new_cookie() {
        let browsers = Browsers::default();
        let before = browsers.begin(None, pending("a"));
        let after = browsers.sign_in(Some(&before), Login::new("demo-web", "alice", String::new(), "n"));
        assert_ne!(before, after);
        assert!(browsers.login(Some(&before)).is_none());
        assert!(browsers.login(Some(&after)).is_some());
    }

    #[test]
    fn browsers_and_pending_logins_are_bounded() {
        let browsers = Browsers::default();
        let first = browsers.begin(None, pending("a"));
        for number in 0..PENDING {
            browsers.begin(Some(&first), pending(&number.to_string()));
        }
        assert!(browsers.take_pending(Some(&first), "a").is_none());
        for _ in 0..BROWSERS {
            browsers.begin(None, pending("a"));
        }
        assert_eq!(browsers.known().browsers.len(), BROWSERS);
        assert_eq!(browsers.known().oldest_first.len(), BROWSERS);
        assert!(browsers.take_pending(Some(&first), "0").is_none());
    }
}
