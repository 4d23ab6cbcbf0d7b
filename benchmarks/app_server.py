"""The app on a free port of this machine, and what it costs: CPU seconds and memory."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120  # seconds for a start
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# The last line of a traceback, with or without Streamlit's frame around it.
ERROR = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Interrupt)\b.*", re.MULTILINE)


@dataclass(frozen=True)
class AppServer:
    """A running `streamlit run app`; figures from /proc, so Linux only."""

    port: int
    pid: int
    started: float  # time.monotonic() of the command
    log: Path  # what it says while it runs
    home: Path  # its models and runs

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """User and system time of the process, all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """Resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def logged_errors(self) -> list[str]:
        """Every kind of exception in its log, with how often; pages hide them from visitors."""
        text = COLOUR.sub("", self.log.read_text(encoding="utf-8", errors="replace"))
        return [f"{count} × {what}" for what, count in Counter(ERROR.findall(text)).most_common()]


@contextmanager
def app_server() -> Iterator[AppServer]:
    """A fresh server with an empty home; stopped at the end, its log gone with it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", "app", "--server.port", str(port)]
    with tempfile.TemporaryDirectory() as folder:
        log, home = Path(folder) / "log", Path(folder) / "home"
        env = {**os.environ, "BOTTLENECK_HOME": str(home)}
        started = time.monotonic()
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, env=env)
        try:
            server = AppServer(port, process.pid, started, log, home)
            _wait_for(server)
            yield server
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(server: AppServer) -> None:
    while time.monotonic() < server.started + PATIENCE:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the server did not answer within {PATIENCE} s")


def stolen() -> float:
    """Seconds of processor time, so far, that this machine's host gave to others instead; Linux."""
    ticks = int(Path("/proc/stat").read_text().split("\n", 1)[0].split()[8])
    return ticks / os.sysconf("SC_CLK_TCK")


def machine_load() -> str:
    """How busy this machine is, for beside a figure."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
