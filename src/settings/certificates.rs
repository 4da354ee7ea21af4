//! Authorities that are trusted besides those everyone trusts (`certificates_directory`).

use crate::model::origin::Origin;

/// For TLS that Signet speaks to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedCertificates {
    certificates: Vec<String>,
    origin: Origin,
}

impl Default for TrustedCertificates {
    fn default() -> Self {
        Self { certificates: Vec::new(), origin: Origin::Default }
    }
}

impl TrustedCertificates {
    /// These certificates, each in PEM.
    #[must_use]
    pub fn new(certificates: Vec<String>, origin: Origin) -> Self {
        Self { certificates, origin }
    }

    /// All of them as one text in PEM; none when there is none.
    #[must_use]
    pub fn pem(&self) -> Option<String> {
        (!self.certificates.is_empty()).then(|| self.certificates.concat())
    }

    /// Where the folder is named.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}
