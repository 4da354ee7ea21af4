//! Files as bytes, never more of them than is accepted: a wrong path cannot fill the memory.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// What a file holds, of at most `limit` bytes.
///
/// # Errors
/// Those of the file system, [`ErrorKind::FileTooLarge`], and a pipe or a device: it may have to be waited for, and
/// what it gave it does not give again.
pub fn read_file(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    if is_stream(path) {
        return Err(io::Error::other("it is a pipe or a device, not a file"));
    }
    read_once(path, limit)
}

/// As [`read_file`], pipes and devices included, whose end is waited for.
///
/// # Errors
/// Those of the file system, and [`ErrorKind::FileTooLarge`].
pub fn read_once(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    // One byte more than is allowed tells that there is too much, without reading it all.
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(io::Error::new(ErrorKind::FileTooLarge, format!("it is larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// Whether a path names a pipe, a device or the like: neither a file nor a folder.
pub fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_what_has_no_end_is_left() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "four").unwrap();
        assert_eq!(read_file(file.path(), 4).unwrap(), b"four");
        let large = read_file(file.path(), 3).unwrap_err();
        assert_eq!(
            (large.kind(), large.to_string().as_str()),
            (ErrorKind::FileTooLarge, "it is larger than 3 bytes")
        );
        let zero = Path::new("/dev/zero");
        assert!(read_file(zero, 4).unwrap_err().to_string().contains("a device"));
        assert_eq!(read_once(zero, 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(read_once(Path::new("/dev/null"), 4).unwrap(), b"");
        assert!(read_file(Path::new("/"), 4).is_err() && read_file(Path::new("/nowhere"), 4).is_err());
    }
}
