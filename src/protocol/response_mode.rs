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
        /// A JWT in the query (JARM §2.3.1).
        QueryJwt => "query.jwt",
        /// A JWT in the fragment (JARM §2.3.2).
        FragmentJwt => "fragment.jwt",
        /// A JWT in a form the browser posts (JARM §2.3.3).
        FormPostJwt => "form_post.jwt",
        /// A JWT in the way that is the default of the response type (JARM §2.3.4).
        Jwt => "jwt",
    }
}

impl ResponseMode {
    /// What `jwt` stands for: the default of the response type (JARM §2.3.4). Other modes are what they are.
    #[must_use]
    pub const fn resolved(self, front_channel_token: bool) -> Self {
        match self {
            Self::Jwt if front_channel_token => Self::FragmentJwt,
            Self::Jwt => Self::QueryJwt,
            mode => mode,
        }
    }

    /// What carries the parameter `response` of a JWT response mode; `None` for the other modes. `jwt` itself stands
    /// for another mode and is resolved before an answer is made: what is left of it travels in the fragment, which
    /// no server sees.
    #[must_use]
    pub const fn carrier_of_jwt(self) -> Option<Self> {
        match self {
            Self::QueryJwt => Some(Self::Query),
            Self::FragmentJwt | Self::Jwt => Some(Self::Fragment),
            Self::FormPostJwt => Some(Self::FormPost),
            Self::Query | Self::Fragment | Self::FormPost => None,
        }
    }
}
