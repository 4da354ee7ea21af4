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

    /// The first value of `name`. An empty value counts as absent (RFC 6749 §3.1).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.pairs.iter().find(|(found, _)| found == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// Every value of `name` that is not empty, in order; for `resource` and `audience`.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(found, value)| found == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The first name that occurs more than once, empty values counted, which no request may have
    /// (RFC 6749 §3.1, §3.2); `resource` and `audience` may.
    #[must_use]
    pub fn repeated(&self) -> Option<&str> {
        let mut seen = std::collections::HashSet::new();
        self.pairs
            .iter()
            .map(|(name, _)| name.as_str())
            .find(|name| !REPEATABLE.contains(name) && !seen.insert(*name))
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
