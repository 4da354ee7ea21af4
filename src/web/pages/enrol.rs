//! `/flow/ID/enrol`: a person who has no one-time code sets one up.

use askama::Template;
use qrcode::{Color, QrCode};

use super::{ClientIdentity, PageContext};

/// Light modules around a QR code (ISO/IEC 18004 §5.3.8).
const QUIET_ZONE: usize = 4;

/// The page. Its form posts `csrf`, `code` (perhaps with spaces) and `action` (`confirm` or `cancel`).
#[derive(Template)]
#[template(path = "enrol.html")]
pub struct Enrol {
    /// What every page knows.
    pub page: PageContext,
    /// CSRF value of the form.
    pub csrf: String,
    /// Who asks; none when a person came on their own.
    pub client: Option<ClientIdentity>,
    /// The seed, in base32 without padding.
    pub secret: String,
    /// The seed as an authenticator app takes it: `otpauth://totp/…`.
    pub otpauth_uri: String,
    /// How many digits a code has: 6 or 8.
    pub digits: u8,
    /// What else an app may take; none when there is nothing to choose.
    pub choice: Option<Choice>,
    /// The last try was refused, for whatever reason.
    pub refused: bool,
}

/// What else an app may take. Its form posts `csrf`, each of the three that has more than one choice, and `action`
/// (`choose`).
pub struct Choice {
    /// Hashes.
    pub algorithms: Vec<&'static str>,
    /// Digits of a code.
    pub digits: Vec<u8>,
    /// Seconds that a code lasts.
    pub periods: Vec<u32>,
    /// The present hash.
    pub algorithm: &'static str,
    /// The present digits.
    pub digit_count: u8,
    /// The present seconds.
    pub period: u32,
    /// The person chose before.
    pub chosen: bool,
}

impl Enrol {
    fn heading(&self) -> &'static str {
        self.page.texts.enrol.heading
    }

    fn lead(&self) -> String {
        let texts = &self.page.texts.enrol;
        match &self.client {
            Some(client) => (texts.lead_for)(&client.name),
            None => texts.lead.to_owned(),
        }
    }

    fn label(&self) -> String {
        (self.page.texts.second_factor.code)(self.digits)
    }

    fn digits_of(&self, digits: &u8) -> String {
        (self.page.texts.second_factor.code)(*digits)
    }

    fn seconds(&self, seconds: &u32) -> String {
        (self.page.texts.duration)(i64::from(*seconds))
    }

    fn qr(&self) -> Option<QrImage> {
        QrImage::of(&self.otpauth_uri)
    }
}

/// A QR code as the template draws it: one path in a square.
pub struct QrImage {
    /// Side of the square in modules, the quiet zone included.
    pub side: usize,
    /// The dark modules, as the `d` of an SVG path.
    pub path: String,
}

impl QrImage {
    /// The QR code of a text; none when the text is longer than a QR code holds (about 2300 bytes).
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        use std::fmt::Write as _;

        let code = QrCode::new(text).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (y, row) in code.to_colors().chunks(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|left, right| left == right) {
                if run.first() == Some(&Color::Dark) {
                    let (left, top, length) = (x + QUIET_ZONE, y + QUIET_ZONE, run.len());
                    // Writing to a String cannot fail.
                    let _ = write!(path, "M{left} {top}h{length}v1h-{length}z");
                }
                x += run.len();
            }
        }
        Some(Self { side: width + 2 * QUIET_ZONE, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_holds_every_dark_module_once() {
        let text = "otpauth://totp/Signet:alice?secret=JBSWY3DPEHPK3PXP&issuer=Signet";
        let image = QrImage::of(text).expect("fits");
        let code = QrCode::new(text).expect("fits");
        let dark = code.to_colors().iter().filter(|color| **color == Color::Dark).count();
        let drawn: usize = image
            .path
            .split('h')
            .filter_map(|part| part.strip_suffix("v1").or_else(|| part.split_once("v1").map(|(run, _)| run)))
            .filter_map(|run| run.parse::<usize>().ok())
            .sum();
        assert_eq!(drawn, dark);
        assert_eq!(image.side, code.width() + 8);
    }

    #[test]
    fn a_text_too_long_for_a_picture_leaves_the_key_alone() {
        assert!(QrImage::of(&"x".repeat(5000)).is_none());
    }
}
