//! The end of a chunked body (RFC 9112 §7.1). hyper decodes the chunks; here only their borders are followed, no
//! less strictly.

/// The most bytes that chunk extensions and trailers of one body may have: nobody who signs people in needs any.
const MAX_ASIDE: usize = 1024;

/// Where in a chunked body the next byte stands.
#[derive(Debug)]
pub(super) struct Chunks {
    at: At,
    size: u64,
    digits: u8,
    aside: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Size,
    Extension,
    SizeEnd,
    Data,
    DataEnd,
    DataLineEnd,
    TrailerBegin,
    Trailer,
    TrailerEnd,
    LastEnd,
    Over,
}

/// The bytes are no chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoChunk;

impl Chunks {
    /// At the beginning of a body.
    pub fn new() -> Self {
        Self { at: At::Size, size: 0, digits: 0, aside: 0 }
    }

    /// Whether the body has ended.
    pub fn is_over(&self) -> bool {
        self.at == At::Over
    }

    /// How many of these bytes belong to the body.
    ///
    /// # Errors
    /// As soon as one of them cannot.
    pub fn follow(&mut self, bytes: &[u8]) -> Result<usize, NoChunk> {
        let mut taken = 0;
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty() && !self.is_over()) {
            if self.at == At::Data {
                let here = usize::try_from(self.size).map_or(rest.len(), |size| size.min(rest.len()));
                taken += here;
                self.size -= u64::try_from(here).unwrap_or(self.size);
                if self.size == 0 {
                    self.at = At::DataEnd;
                }
            } else if let Some(byte) = rest.first() {
                self.at = self.step(*byte)?;
                taken += 1;
            }
        }
        Ok(taken)
    }

    fn step(&mut self, byte: u8) -> Result<At, NoChunk> {
        match (self.at, byte) {
            (At::Size, b'\r') if self.digits > 0 => Ok(At::SizeEnd),
            (At::Size, b';') if self.digits > 0 => Ok(At::Extension),
            (At::Size, _) => {
                let digit = char::from(byte).to_digit(16).ok_or(NoChunk)?;
                // Sixteen digits would reach the top of the type, and no body comes near.
                self.digits = Some(self.digits + 1).filter(|digits| *digits < 16).ok_or(NoChunk)?;
                self.size = self.size * 16 + u64::from(digit);
                Ok(At::Size)
            }
            (At::Extension, b'\r') => Ok(At::SizeEnd),
            (At::Extension, _) => self.aside(byte, At::Extension),
            (At::SizeEnd, b'\n') if self.size == 0 => Ok(At::TrailerBegin),
            (At::SizeEnd, b'\n') => Ok(At::Data),
            (At::DataEnd, b'\r') => Ok(At::DataLineEnd),
            (At::DataLineEnd, b'\n') => {
                self.digits = 0;
                Ok(At::Size)
            }
            (At::TrailerBegin, b'\r') => Ok(At::LastEnd),
            (At::Trailer, b'\r') => Ok(At::TrailerEnd),
            (At::TrailerBegin | At::Trailer, _) => self.aside(byte, At::Trailer),
            (At::TrailerEnd, b'\n') => Ok(At::TrailerBegin),
            (At::LastEnd, b'\n') => Ok(At::Over),
            _ => Err(NoChunk),
        }
    }

    fn aside(&mut self, byte: u8, at: At) -> Result<At, NoChunk> {
        self.aside += 1;
        let sound = (byte == b'\t' || !byte.is_ascii_control()) && self.aside <= MAX_ASIDE;
        sound.then_some(at).ok_or(NoChunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_wherever_the_reads_break() {
        let body = b"5;a=b\r\nhello\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nX: y\r\n\r\n";
        let whole = [body.as_slice(), b"GET /next"].concat();
        for cut in 0..=whole.len() {
            let mut chunks = Chunks::new();
            let first = chunks.follow(&whole[..cut]).unwrap();
            let second = chunks.follow(&whole[cut..]).unwrap();
            assert_eq!(first + second, body.len(), "cut at {cut}");
            assert!(chunks.is_over());
        }
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        let aside = format!("1;{}\r\n", "a".repeat(2000));
        for body in [
            "\r\n",
            "g\r\n",
            " 1\r\n",
            "1 \r\n",
            "+1\r\n",
            "-1\r\n",
            "0x1\r\n",
            "1\n",
            "1\ra",
            "1;a\nb\r\n",
            ";a\r\n",
            "ffffffffffffffff\r\n",
            "1\r\nab\r\n",
            "1\r\na\n",
            "0\r\nX\n\r\n",
            "0\r\nX: \0\r\n\r\n",
            "0\r\n\r\r",
            &aside,
        ] {
            assert_eq!(Chunks::new().follow(body.as_bytes()), Err(NoChunk), "{body:?}");
        }
    }
}
