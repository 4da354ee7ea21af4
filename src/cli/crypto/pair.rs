//! `signet crypto pair`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::CryptoError;
use crate::jose::generate::{Curve, GeneratedPair, generate_ecdsa_pem, generate_rsa_pem};

#[derive(Subcommand, Debug)]
pub(super) enum PairCommand {
    /// RSA keys, for RS256 to PS512
    #[command(subcommand)]
    Rsa(Rsa),
    /// Keys on elliptic curves, for ES256, ES384 and ES512
    #[command(subcommand)]
    Ecdsa(Ecdsa),
}

#[derive(Subcommand, Debug)]
pub(super) enum Rsa {
    /// Make a key pair and write it to two files
    Generate {
        /// Bits of the key
        #[arg(short, long, default_value_t = 2048)]
        bits: usize,
        #[command(flatten)]
        files: Files,
    },
}

#[derive(Subcommand, Debug)]
pub(super) enum Ecdsa {
    /// Make a key pair and write it to two files
    Generate {
        /// Curve of the key
        #[arg(short = 'b', long, value_enum, ignore_case = true, default_value_t = CurveName::P256)]
        curve: CurveName,
        #[command(flatten)]
        files: Files,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum CurveName {
    #[value(name = "P256", alias = "P-256")]
    P256,
    #[value(name = "P384", alias = "P-384")]
    P384,
    #[value(name = "P521", alias = "P-521")]
    P521,
}

/// Where the pair goes.
#[derive(Args, Debug)]
pub(super) struct Files {
    /// Directory of the files; made when it is missing
    #[arg(short, long, default_value = ".")]
    directory: PathBuf,
    /// Name of the file with the private key
    #[arg(long = "file.private-key", value_name = "NAME", default_value = "private.pem")]
    private_key: PathBuf,
    /// Name of the file with the public key
    #[arg(long = "file.public-key", value_name = "NAME", default_value = "public.pem")]
    public_key: PathBuf,
    /// Write the older forms (PKCS #1, SEC 1) into files of their own beside
    #[arg(long)]
    legacy: bool,
    /// What stands in the names of those files before the extension
    #[arg(long = "file.extension.legacy", value_name = "TEXT", default_value = "legacy")]
    legacy_extension: String,
    /// PKCS #8 is what is written anyway
    #[arg(long, hide = true)]
    pkcs8: bool,
}

/// One file to write.
struct Output<'p> {
    title: &'static str,
    path: PathBuf,
    pem: &'p str,
    secret: bool,
}

pub(super) fn run(command: PairCommand, out: &mut dyn Write) -> Result<(), CryptoError> {
    let (algorithm, files, pair) = match command {
        PairCommand::Rsa(Rsa::Generate { bits, files }) => {
            files.check()?;
            (format!("RSA {bits} bits"), files, generate_rsa_pem(bits)?)
        }
        PairCommand::Ecdsa(Ecdsa::Generate { curve, files }) => {
            files.check()?;
            let (name, curve) = match curve {
                CurveName::P256 => ("P-256", Curve::P256),
                CurveName::P384 => ("P-384", Curve::P384),
                CurveName::P521 => ("P-521", Curve::P521),
            };
            (format!("ECDSA {name}"), files, generate_ecdsa_pem(curve)?)
        }
    };
    let outputs = files.outputs(&pair);
    fs::create_dir_all(&files.directory).map_err(|source| CryptoError::File {
        doing: "make the directory",
        path: files.directory.clone(),
        source,
    })?;
    writeln!(out, "Algorithm: {algorithm}")?;
    for output in &outputs {
        write_new(output)?;
        writeln!(out, "{}: {}", output.title, output.path.display())?;
    }
    Ok(())
}

impl Files {
    /// Refuses before the key is made what would be refused after.
    fn check(&self) -> Result<(), CryptoError> {
        let mut names = vec![self.path(&self.private_key), self.path(&self.public_key)];
        if self.legacy {
            names.extend([self.legacy_path(&self.private_key), self.legacy_path(&self.public_key)]);
        }
        match names.into_iter().find(|path| path.symlink_metadata().is_ok()) {
            Some(path) => Err(CryptoError::Exists(path)),
            None => Ok(()),
        }
    }

    fn outputs<'p>(&self, pair: &'p GeneratedPair) -> Vec<Output<'p>> {
        let private = self.path(&self.private_key);
        let public = self.path(&self.public_key);
        let mut outputs = vec![
            Output { title: "Private Key", path: private, pem: &pair.private, secret: true },
            Output { title: "Public Key", path: public, pem: &pair.public, secret: false },
        ];
        if self.legacy {
            let path = self.legacy_path(&self.private_key);
            outputs.push(Output {
                title: "Private Key (Legacy)",
                path,
                pem: &pair.private_legacy,
                secret: true,
            });
            if let Some(pem) = &pair.public_legacy {
                let path = self.legacy_path(&self.public_key);
                outputs.push(Output { title: "Public Key (Legacy)", path, pem, secret: false });
            }
        }
        outputs
    }

    fn path(&self, name: &Path) -> PathBuf {
        self.directory.join(name)
    }

    /// `private.pem` becomes `private.legacy.pem`.
    fn legacy_path(&self, name: &Path) -> PathBuf {
        let extension = match name.extension() {
            Some(extension) => format!("{}.{}", self.legacy_extension, extension.to_string_lossy()),
            None => self.legacy_extension.clone(),
        };
        self.path(&name.with_extension(extension))
    }
}

fn write_new(output: &Output<'_>) -> Result<(), CryptoError> {
    let written = create(&output.path, output.secret).and_then(|mut file| {
        file.write_all(output.pem.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => CryptoError::Exists(output.path.clone()),
        _ => CryptoError::File { doing: "write", path: output.path.clone(), source },
    })
}

/// A new file; a secret one is readable by its owner only, from its first moment.
fn create(path: &Path, secret: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if secret { 0o600 } else { 0o644 });
    }
    options.open(path)
}
