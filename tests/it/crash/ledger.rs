//! What was answered, and so must be kept, whatever is killed. What was asked and not answered is in doubt: it happened
//! whole, or it did not.

/// What one relying party knows.
#[derive(Default)]
pub struct Ledger {
    /// Codes that were given and not yet used.
    pub codes: Vec<String>,
    /// Codes that were sent in, and what came of it is unknown.
    pub doubtful_codes: Vec<String>,
    /// What was redeemed.
    pub families: Vec<Family>,
    /// What was redeemed and then revoked.
    pub ended: Vec<Family>,
    /// Tokens that a client got for itself.
    pub standing: Vec<String>,
    /// Such tokens that were revoked.
    pub revoked: Vec<String>,
    /// Requests that were pushed.
    pub requests: Vec<String>,
    pub doubtful_requests: Vec<String>,
    /// Pushed requests that led to a code.
    pub opened: Vec<String>,
}

/// Everything that hangs from one code.
pub struct Family {
    pub code: String,
    pub access: Vec<String>,
    pub refresh: Refresh,
    /// Refresh tokens that were used.
    pub spent: Vec<String>,
}

/// The last refresh token of a family.
pub enum Refresh {
    /// It has none.
    Never,
    Fresh(String),
    Doubtful(String),
}
