//! Who asks and who is asked, as pages show them.

/// A client as a person sees it.
#[derive(Clone)]
pub struct ClientIdentity {
    /// `client_name`, or the client_id where it has none.
    pub name: String,
    /// Host of the redirect URI; none for an app that is reached by a scheme of its own.
    pub host: Option<String>,
}

impl ClientIdentity {
    /// Its host, or its name where it has none.
    #[must_use]
    pub fn host_or_name(&self) -> &str {
        self.host.as_deref().unwrap_or(&self.name)
    }
}

/// A person as they see themselves.
#[derive(Clone)]
pub struct PersonIdentity {
    /// Display name, or the username where there is none.
    pub name: String,
    /// What tells two people of one name apart: e-mail address or username.
    pub account: String,
}

impl PersonIdentity {
    /// The letter on the avatar.
    #[must_use]
    pub fn initial(&self) -> String {
        self.name
            .chars()
            .chain(self.account.chars())
            .find(|letter| letter.is_alphanumeric())
            .map_or_else(|| "·".to_owned(), |letter| letter.to_uppercase().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_initial_is_the_first_letter_there_is() {
        let initial = |name: &str| PersonIdentity { name: name.into(), account: "bob".into() }.initial();
        assert_eq!(initial("alice"), "A");
        assert_eq!(initial(" „Øystein“"), "Ø");
        assert_eq!(initial("李"), "李");
        assert_eq!(initial("—"), "B");
    }
}
