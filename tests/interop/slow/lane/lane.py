"""What a program's script is handed: a running Signet, a folder, and a place for its verdicts."""

import shutil
import tempfile
from pathlib import Path

from .process import Process
from .relay import Relay


class Verdict:
    def __init__(self, scheme, case, expected, seen):
        self.scheme, self.case, self.expected, self.seen = scheme, case, expected, seen

    @property
    def holds(self):
        return self.expected == self.seen


class Lane:
    """One program against one Signet, over one scheme."""

    def __init__(self, signet, source, folder, tools):
        self.signet, self.source, self.folder, self.tools = signet, source, folder, tools
        self.scheme = signet.scheme
        self.verdicts = []
        self._running, self._short = [], []

    def expect(self, case, expected, ask):
        """Asks, and sets what is seen beside what is expected; what fails on the way is seen too."""
        try:
            seen = ask()
        except Exception as error:  # a verdict like any other: the run goes on and tells it
            seen = f"{type(error).__name__}: {error}"
        verdict = Verdict(self.scheme, case, expected, seen)
        self.verdicts.append(verdict)
        sign = "ok  " if verdict.holds else "FAIL"
        more = "" if verdict.holds else f" (expected {expected!r})"
        print(f"  {sign} {self.scheme:5} {case}: {seen!r}{more}", flush=True)

    def trust(self, variable):
        """The variable by which a program learns of the private authority, over https."""
        return {variable: str(self.signet.authority)} if self.scheme == "https" else {}

    def port(self, name):
        return int(self.signet.values[name])

    def fill(self, name):
        """A template of the program's folder, filled in, in the folder of the run."""
        return self.signet.fill(self.source / name, name)

    def start(self, name, command, port, env=None):
        """Starts a program and waits until it takes connections; it ends with the lane."""
        process = Process(name, command, self.folder, env)
        self._running.append(process)
        return process.listens(port)

    def relay(self):
        """A relay between a program and Signet, which ends with the lane."""
        self._running.append(relay := Relay(self.signet))
        return relay

    def short_folder(self):
        """A folder with a short path that others may enter, for sockets and for programs that change their user."""
        self._short.append(folder := Path(tempfile.mkdtemp(prefix="signet-")))
        folder.chmod(0o755)
        return folder

    def end(self):
        for process in reversed(self._running):
            process.end()
        for folder in self._short:
            shutil.rmtree(folder, ignore_errors=True)
