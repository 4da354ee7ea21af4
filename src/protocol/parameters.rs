//! The parameters of a request: decoded names and values of a query or a form body.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest encoded text that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// The most fields one encoded text may have.
pub const MAX_FIELDS: usize = 128;

/// Names that may occur more than once: `resource` (RFC 8707 §2) and `audience` (RFC 8693 §2.1).
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// Decoded names and values, in the order they came. `Debug` prints names only.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
}

/// Why an encoded text is not a list of parameters. Never holds a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    /// More than [`MAX_BYTES`].
    #[error("the parameters are longer than 65536 bytes")]
    TooLong,
    /// More than [`MAX_FIELDS`].
    #[error("there are more than 128 parameters")]
    TooMany,
    /// A `%` without two hexadecimal digits after it.
    #[error("a parameter has a percent sign without two hexadecimal digits; write a percent sign as %25")]
    PercentEncoding,
    /// Not UTF-8 once decoded (RFC 6749 Appendix B).
    #[error("a parameter is not UTF-8 after percent-decoding")]
    NotUtf8,
    /// A NUL byte.
    #[error("a parameter holds a NUL byte")]
    Nul,
}

impl Parameters {
    /// Reads `application/x-www-form-urlencoded` text: a query without its `?`, or a form body
    /// (RFC 6749 Appendix B).
    ///
    /// # Errors
    /// Too long, too many fields, broken percent-encoding, not UTF-8, or a NUL byte.
    pub fn parse(encoded: &[u8]) -> Result<Self, ParametersError> {
        if encoded.len() > MAX_BYTES {
            return Err(ParametersError::TooLong);
        }
        let mut pairs = Vec::new();
        for field in encoded.split(|byte| *byte == b'&').filter(|field| !field.is_empty()) {
            if pairs.len() == MAX_FIELDS {
                return Err(ParametersError::TooMany);
            }
            let mut halves = field.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            pairs.push((name, value));
        }
        Ok(Self { pairs })
    }

    /// Parameters of decoded names and values.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        Self { pairs: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }

    /// Query and body as one list, query first; a name in both counts as [repeated](Self::repeated).
    #[must_use]
    pub fn merge(query: Self, body: Self) -> Self {
        let mut pairs = query.pairs;
        pairs.extend(body.pairs);
        Self { pairs }
    }

    /// Whether a name may occur more than once.
    #[must_use]
    pub fn may_repeat(name: &str) -> bool {
        REPEATABLE.contains(&name)
    }

    /// The first value of `name`. An empty value counts as absent (RFC 6749 §3.1).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.pairs.iter().find(|(found, _)| found == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// Every value of `name` that is not empty, in order; for `resource` and `audience`.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs
            .iter()
            .filter(move |(found, value)| found == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The first name that occurs more than once, empty values counted, which no request may have
    /// (RFC 6749 §3.1, §3.2); `resource` and `audience` may.
    #[must_use]
    pub fn repeated(&self) -> Option<&str> {
        let mut seen = std::collections::HashSet::new();
        self.pairs
            .iter()
            .map(|(name, _)| name.as_str())
            .find(|name| !Self::may_repeat(name) && !seen.insert(*name))
    }

    /// Takes every occurrence of `name` away.
    pub fn remove(&mut self, name: &str) {
        self.pairs.retain(|(found, _)| found != name);
    }

    /// Names and values in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there is no parameter at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parameters")?;
        f.debug_list().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}

/// Decodes one name or value: `+` is a space, `%XX` a byte, the whole UTF-8.
pub(super) fn decode(encoded: &[u8]) -> Result<String, ParametersError> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (Some(high), Some(low)) = (hex(rest.next()), hex(rest.next())) else {
                    return Err(ParametersError::PercentEncoding);
                };
                high << 4 | low
            }
            other => *other,
        });
    }
    if bytes.contains(&0) {
        return Err(ParametersError::Nul);
    }
    String::from_utf8(bytes).map_err(|_| ParametersError::NotUtf8)
}

fn hex(digit: Option<&u8>) -> Option<u8> {
    let digit = char::from(*digit?).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Parameters {
        Parameters::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn names_and_values_are_decoded_in_order() {
        let parameters = parse("b=1+2&a=%C3%A9%2B&&empty=&bare&x=y=z");
        let pairs: Vec<_> = parameters.pairs().collect();
        assert_eq!(pairs, [("b", "1 2"), ("a", "é+"), ("empty", ""), ("bare", ""), ("x", "y=z")]);
        assert!(parse("").is_empty());
    }

    #[test]
    fn an_empty_value_counts_as_absent() {
        let parameters = parse("state=&nonce=n");
        assert_eq!(parameters.get("state"), None);
        assert_eq!(parameters.get("nonce"), Some("n"));
        assert_eq!(parameters.get("scope"), None);
    }

    #[test]
    fn a_name_may_come_once_but_resource_and_audience() {
        assert_eq!(parse("resource=a&resource=b&audience=a&audience=a&scope=x").repeated(), None);
        assert_eq!(parse("resource=a&state=1&scope=x&scope=x&state=1").repeated(), Some("scope"));
        assert_eq!(parse("state=1&state=").repeated(), Some("state"));
        assert_eq!(parse("st%61te=1&state=2").repeated(), Some("state"));
        let merged = Parameters::merge(parse("client_id=a"), parse("client_id=a"));
        assert_eq!(merged.repeated(), Some("client_id"));
    }

    #[test]
    fn all_gives_every_value_that_is_not_empty() {
        let mut parameters = parse("resource=a&resource=&resource=b");
        assert_eq!(parameters.all("resource").collect::<Vec<_>>(), ["a", "b"]);
        parameters.remove("resource");
        assert!(parameters.is_empty());
    }

    #[test]
    fn what_is_too_long_or_too_many_is_refused() {
        assert!(Parameters::parse("a=".repeat(MAX_BYTES / 2).as_bytes()).is_ok());
        assert_eq!(Parameters::parse("a".repeat(MAX_BYTES + 1).as_bytes()), Err(ParametersError::TooLong));
        assert!(Parameters::parse("a=1&".repeat(MAX_FIELDS).as_bytes()).is_ok());
        assert_eq!(
            Parameters::parse("a=1&".repeat(MAX_FIELDS + 1).as_bytes()),
            Err(ParametersError::TooMany)
        );
    }

    #[test]
    fn broken_encodings_are_refused() {
        for wrong in ["a=%", "a=%4", "a=%zz", "%+1=a", "a=%-1", "a=100%"] {
            assert_eq!(Parameters::parse(wrong.as_bytes()), Err(ParametersError::PercentEncoding), "{wrong}");
        }
        for wrong in [b"a=%ff".as_slice(), b"a=%C3", b"a=\xC3\x28", b"%C0%80=a", b"a=%ED%A0%80"] {
            assert_eq!(Parameters::parse(wrong), Err(ParametersError::NotUtf8));
        }
        for wrong in [b"a=%00".as_slice(), b"a=\0", b"a%00b=1"] {
            assert_eq!(Parameters::parse(wrong), Err(ParametersError::Nul));
        }
    }

    #[test]
    fn debug_prints_names_and_no_value() {
        let shown = format!("{:?}", parse("client_secret=hunter2&state=s3cret"));
        assert_eq!(shown, r#"Parameters["client_secret", "state"]"#);
    }

    #[test]
    fn parameters_survive_storage() {
        let parameters = parse("a=1&b=&a=2");
        let json = serde_json::to_string(&parameters).unwrap();
        assert_eq!(serde_json::from_str::<Parameters>(&json).unwrap(), parameters);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Parameters::parse(&bytes);
        }

        #[test]
        fn what_a_form_encoder_writes_is_read_back(
            pairs in proptest::collection::vec(("[^\0]{1,8}", "[^\0]{0,20}"), 0..20)
        ) {
            let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            prop_assert_eq!(Parameters::parse(encoded.as_bytes()).unwrap(), Parameters::from_pairs(pairs));
        }
    }
}
