"""The `kasir` command as a person would run it: real processes, real signals."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType

from tests.forked import start

ROOT = Path(__file__).parents[2]
END_SECONDS_MAX, COMMAND_SECONDS_MAX = 60.0, 300.0
KASIR = [sys.executable, "-m", "deploy"]


def environ(**given: str) -> dict[str, str]:
    """Ours, without any setting of Kasir's but those given."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("KASIR_")}
    return {**ours, "PYTHONUNBUFFERED": "1", **given}


def kasir(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs one command to its end."""
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        process = start("deploy", args, environ(**env), stdout=out, stderr=err)
        try:
            code = process.wait(COMMAND_SECONDS_MAX)
        finally:
            process.kill()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(args, code, out.read(), err.read())


@dataclass
class Up:
    """A `kasir up` that is running, by what it said of itself."""

    process: subprocess.Popen[str]
    folder: Path
    said: str

    @property
    def url(self) -> str:
        return re.search(r"API +(\S+)", self.said)[1]  # type: ignore[index]

    @property
    def owner_key(self) -> str | None:
        found = re.search(r"Owner's key +(\S+)", self.said)
        return found[1] if found else None

    def end(self, number: signal.Signals) -> int:
        """Sends the signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(END_SECONDS_MAX)

    def __enter__(self) -> Up:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


def up(folder: Path, *args: str, **env: str) -> Up:
    """Starts it, and reads until it says that it is running, and all that it says about that."""
    command = [*KASIR, "up", "--data-dir", str(folder), "--port", "0", *args]
    quiet = environ(KASIR_LOG_LEVEL="error", **env)
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=quiet, start_new_session=True
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Ctrl-C stops it"):
            break
    assert "Kasir is running" in said, said
    return Up(process, folder, said)


def processes_of(folder: Path) -> list[str]:
    """The command lines of all processes that name `folder`; the dead that nobody has buried do not count."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if any(os.fsencode(folder) in word for word in words) and int(path.parent.name) != os.getpid():
            found.append(b" ".join(words).decode())
    return found


