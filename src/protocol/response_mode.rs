//! `response_mode`: how the answer travels to the client.

use super::wire_enum::wire_enum;

wire_enum! {
    /// How the parameters of an authorization response reach the client.
    pub enum ResponseMode {
        /// In the query of the redirect URI (OAuth 2.0 Multiple Response Type Encoding Practices §2.1).
        Query => "query",
        /// In the fragment of the redirect URI (OAuth 2.0 Multiple Response Type Encoding Practices §2.1).
        Fragment => "fragment",
        /// As a form the browser posts (OAuth 2.0 Form Post Response Mode §2).
        FormPost => "form_post",
    }
}
