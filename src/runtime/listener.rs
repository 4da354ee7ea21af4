//! Where connections come from: a TCP port, a socket of this machine, or a socket that was handed over.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll};

use listenfd::ListenFd;
use rustix::net::sockopt::set_ipv6_v6only;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream, lookup_host};

use super::assembly::StartError;
use crate::settings::{Family, ListenAddress};

/// Connections that wait to be accepted, at most; the system may allow fewer.
const BACKLOG: u32 = 1024;

/// Whom a connection over a socket of this machine comes from: a program of this machine.
const THIS_MACHINE: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

/// An open address.
pub(super) enum Listener {
    /// A TCP port.
    Tcp(TcpListener),
    /// A socket of this machine, with its file when it is ours to remove.
    Unix(UnixListener, Option<SocketFile>),
}

/// A connection.
pub(super) enum Stream {
    /// By TCP.
    Tcp(TcpStream),
    /// By a socket of this machine.
    Unix(UnixStream),
}

/// The file of a socket; it goes with this value, unless another has taken its place.
pub(super) struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|present| present.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Opens the address to listen on that `option` names.
///
/// # Errors
/// When the system refuses it.
pub(super) async fn listen(address: &ListenAddress, option: &'static str) -> Result<Listener, StartError> {
    let opened = match address {
        ListenAddress::Tcp { host, port, family } => {
            tcp(host.as_deref(), *port, *family).await.map(Listener::Tcp)
        }
        ListenAddress::Unix { path, umask } => unix(path, *umask).await,
        ListenAddress::Descriptor { number } => handed_over(*number),
    };
    opened.map_err(|error| StartError::Listen { option, address: address.to_string(), error })
}

async fn tcp(host: Option<&str>, port: u16, family: Family) -> io::Result<TcpListener> {
    let Some(host) = host else {
        let v4 = SocketAddr::from(([0, 0, 0, 0], port));
        let v6 = SocketAddr::from(([0; 8], port));
        return match family {
            Family::V4 => bind(v4, family),
            Family::V6 => bind(v6, family),
            // A machine without IPv6 still has all its IPv4 addresses.
            Family::Any => bind(v6, family).or_else(|_| bind(v4, family)),
        };
    };
    let mut refused = io::Error::new(io::ErrorKind::NotFound, "the host has no address of this kind");
    for address in lookup_host((host, port)).await? {
        let fits = match family {
            Family::Any => true,
            Family::V4 => address.is_ipv4(),
            Family::V6 => address.is_ipv6(),
        };
        if fits {
            match bind(address, family) {
                Ok(listener) => return Ok(listener),
                Err(error) => refused = error,
            }
        }
    }
    Err(refused)
}

fn bind(address: SocketAddr, family: Family) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    bind_socket(socket, address, family)
}

fn bind_socket(socket: TcpSocket, address: SocketAddr, family: Family) -> io::Result<TcpListener> {
    if address.is_ipv6() {
        // Either way: what a socket begins with is the system's choice (net.ipv6.bindv6only).
        set_ipv6_v6only(&socket, family == Family::V6)?;
    }
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Opens a socket under a name of its own, gives it its mode and then its place: nobody finds it before it has both, and
/// a socket that an earlier process left behind is replaced.
async fn unix(path: &Path, umask: Option<u32>) -> io::Result<Listener> {
    match fs::symlink_metadata(path) {
        Ok(present) if !present.file_type().is_socket() => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file, and it is no socket"));
        }
        Ok(_) => left_behind(path).await?,
        Err(_) => {}
    }
    let beside = path.with_file_name(format!(".{}", std::process::id()));
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&beside)?;
    let placed: io::Result<SocketFile> = (|| {
        if let Some(umask) = umask {
            fs::set_permissions(&beside, fs::Permissions::from_mode(0o777 & !umask))?;
        }
        let inode = fs::symlink_metadata(&beside)?.ino();
        fs::rename(&beside, path)?;
        Ok(SocketFile { path: path.to_owned(), inode })
    })();
    if placed.is_err() {
        let _ = fs::remove_file(&beside);
    }
    Ok(Listener::Unix(listener, Some(placed?)))
}

/// Whether nobody listens on a socket any more.
///
/// # Errors
/// When somebody does, or it cannot be told.
async fn left_behind(path: &Path) -> io::Result<()> {
    use io::ErrorKind::{AddrInUse, ConnectionRefused, NotFound, WouldBlock};
    match UnixStream::connect(path).await {
        Err(error) if matches!(error.kind(), ConnectionRefused | NotFound) => Ok(()),
        Err(error) if error.kind() != WouldBlock => Err(io::Error::new(
            error.kind(),
            format!("whether another process listens there cannot be told ({error}); remove it if none does"),
        )),
        // One that has no room for another connection listens all the same.
        _ => Err(io::Error::new(AddrInUse, "another process listens there")),
    }
}

/// The variables are read once, and gone for the programs that this one starts.
static HANDED: LazyLock<Mutex<ListenFd>> = LazyLock::new(|| Mutex::new(ListenFd::from_env()));

/// A socket that systemd, or whoever speaks as it does, handed over (`sd_listen_fds(3)`).
fn handed_over(number: u32) -> io::Result<Listener> {
    const FIRST: u32 = 3;
    let missing = || {
        io::Error::new(
            io::ErrorKind::NotFound,
            "no listening socket was handed over under this number (LISTEN_FDS and LISTEN_PID say which are)",
        )
    };
    let place =
        number.checked_sub(FIRST).and_then(|place| usize::try_from(place).ok()).ok_or_else(missing)?;
    let mut handed = HANDED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Ok(Some(listener)) = handed.take_tcp_listener(place) {
        listener.set_nonblocking(true)?;
        return TcpListener::from_std(listener).map(Listener::Tcp);
    }
    let listener = handed.take_unix_listener(place)?.ok_or_else(missing)?;
    listener.set_nonblocking(true)?;
    Ok(Listener::Unix(UnixListener::from_std(listener)?, None))
}

impl Listener {
    /// The next connection, and whom it comes from.
    ///
    /// # Errors
    /// Mostly when the process has no file left for it.
    pub(super) async fn accept(&self) -> io::Result<(Stream, SocketAddr)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                let _ = stream.set_nodelay(true);
                Ok((Stream::Tcp(stream), peer))
            }
            Self::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Stream::Unix(stream), SocketAddr::from(THIS_MACHINE)))
            }
        }
    }

    /// What it listens on: the port that the system chose, when it did.
    pub(super) fn address(&self) -> String {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(|address| address.to_string()),
            Self::Unix(_, Some(file)) => Ok(format!("unix://{}", file.path.display())),
            Self::Unix(listener, None) => listener.local_addr().map(|address| {
                address.as_pathname().map(|path| format!("unix://{}", path.display())).unwrap_or_default()
            }),
        }
        .unwrap_or_default()
    }
}

impl Stream {
    /// The first byte, left where it is; none when it cannot be looked at. An ended stream is an error.
    pub(super) async fn first_byte(&self) -> io::Result<Option<u8>> {
        let Self::Tcp(stream) = self else { return Ok(None) };
        let mut first = [0];
        if stream.peek(&mut first).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(first.first().copied())
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, room),
            Self::Unix(stream) => Pin::new(stream).poll_read(context, room),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(context, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(context, bytes),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            Self::Unix(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use rustix::net::sockopt::ipv6_v6only;
    use tokio::net::UnixSocket;
    use tokio::runtime::Builder;

    use super::*;

    #[tokio::test]
    async fn every_address_is_that_of_both_kinds_whatever_a_socket_begins_with() {
        for family in [Family::Any, Family::V6] {
            let socket = TcpSocket::new_v6().unwrap();
            set_ipv6_v6only(&socket, family == Family::Any).unwrap();
            let listener = bind_socket(socket, SocketAddr::from(([0; 8], 0)), family).unwrap();
            assert_eq!(ipv6_v6only(&listener).unwrap(), family == Family::V6, "{family:?}");
        }
    }

    #[test]
    fn a_socket_without_room_for_another_connection_is_not_replaced() {
        let (tell, told) = mpsc::channel();
        let judge = async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("signet.sock");
            let socket = UnixSocket::new_stream().unwrap();
            socket.bind(&path).unwrap();
            let _listener = socket.listen(0).unwrap();
            let mut waiting = Vec::new();
            while let Ok(stream) = UnixStream::connect(&path).await {
                waiting.push(stream);
            }
            unix(&path, None).await.err().map(|error| error.kind())
        };
        // On a thread of its own: what waits for room would wait for ever.
        std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            tell.send(runtime.block_on(judge)).unwrap();
        });
        assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok(Some(io::ErrorKind::AddrInUse)));
    }
}
