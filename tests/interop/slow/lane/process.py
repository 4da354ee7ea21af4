"""Programs that end with the one that started them, and ports that nobody listens on."""

import os
import re
import socket
import subprocess
import time

_given = set()


def free_port():
    """A port of 127.0.0.1 that is free, and given out once in a run."""
    while True:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        if port not in _given:
            _given.add(port)
            return port


def environment(more=None):
    """The environment of a program: without proxies, for all it talks to is on this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return kept | (more or {})


def wait_for(what, holds, seconds=60):
    """Asks again and again until something holds; a machine may be busy, so the limit is generous."""
    end = time.monotonic() + seconds
    while not (value := holds()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} seconds for {what}")
        time.sleep(0.1)
    return value


class Process:
    """A program that writes to FOLDER/NAME.log, and is told to end when the runner ends, however it does."""

    def __init__(self, name, command, folder, env=None):
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *map(str, command)],
                cwd=folder,
                env=environment(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def listens(self, port):
        """Waits until it takes connections; what it wrote is the error when it ends before that."""

        def connects():
            if self.child.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.child.returncode}:\n{self.words()}")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return True
            except OSError:
                return False

        wait_for(f"{self.name} at port {port}", connects)
        return self

    def words(self):
        return self.log.read_text(errors="replace")

    def end(self):
        self.child.terminate()
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def output(command, folder=None, env=None, check=True):
    """What a command that comes to an end writes, both streams together."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def install(command, folder):
    """Fetches what a lock file names, with the environment of whoever runs this: a proxy may be the way out."""
    done = subprocess.run([str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}")


def unless_held(lock, tools, fetch):
    """Fetches what a lock file names, unless a run before did: a copy of the lock file says what is there."""
    held = tools / "held.lock"
    if not held.exists() or held.read_bytes() != lock.read_bytes():
        held.unlink(missing_ok=True)
        fetch()
        held.write_bytes(lock.read_bytes())


def installed(package):
    """The version of a Debian package, without what Debian adds to it."""
    text = output(["dpkg-query", "--show", "--showformat=${Version}", package])
    return re.sub(r"^\d+:|[+-][^-]*$|\+dfsg.*$", "", text)
