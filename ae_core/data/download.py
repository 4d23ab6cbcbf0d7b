"""Downloads that end whole or not at all.

pooch stages each file and compares the digest of a published archive; `transport` resumes, bounds
and retries. A staged file is checked as idx data, synced to disk and only then renamed. A failed
download leaves nothing; one that was killed leaves a hidden `.part`, which the next one resumes.
"""

import hashlib
import math
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ae_core.data.idx import GZIP_MAGIC
from ae_core.data.idx_sets import IdxFile, IdxSet, check_file
from ae_core.data.transport import Interrupted, Patience, Progress, Refused, download
from ae_core.errors import DataUnavailable

# Two threads that want the same set: the second waits, then finds it there.
_one_at_a_time = threading.Lock()


def fetch_set(
    idx_set: IdxSet,
    folder: Path,
    mirrors: Sequence[str] | None = None,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> None:
    """Bring all files of a set into `folder`, each from the first mirror that delivers it.

    Files already there and intact are kept. Raises DataUnavailable, which names every mirror and
    what was wrong with it.
    """
    sources = idx_set.mirrors if mirrors is None else tuple(mirrors)
    if not sources:
        raise DataUnavailable(f"{idx_set.name}: no mirror given, at least one URL is needed")
    with _one_at_a_time:
        for file in idx_set.files:
            _Fetch(file, folder, progress or _silent, patience or Patience()).run(sources)


@dataclass(frozen=True)
class _Fetch:
    file: IdxFile
    folder: Path
    progress: Progress
    patience: Patience

    def run(self, mirrors: Sequence[str]) -> None:
        """Keep the intact file that is there, or try the mirrors in turn."""
        if self._kept():
            return
        failures = []
        for mirror in mirrors:
            url = f"{mirror.rstrip('/')}/{self.file.name}.gz"
            try:
                self._from(url)
                return
            except (Interrupted, Refused) as error:
                failures.append(f"{url}: {error}")
            except OSError as error:
                raise DataUnavailable(
                    f"{self.folder}: cannot be written ({error.strerror or error}); "
                    "set AE_DATA_DIR to a folder that can"
                ) from error
        raise DataUnavailable(
            f"{self.file.name} could not be downloaded. {'; '.join(failures)}. "
            f"Check the network and try again, or put the file into {self.folder} by hand"
        )

    def _kept(self) -> bool:
        for path in (self.folder / self.file.name, self.folder / f"{self.file.name}.gz"):
            with suppress(DataUnavailable):
                check_file(path, self.file)
                size = path.stat().st_size
                self.progress(self.file.name, size, size)
                return True
        return False

    def _from(self, url: str) -> None:
        """The file from one address, checked and in place."""
        # One leftover per address: mirrors may have compressed the same bytes differently.
        stem = f".{self.file.name}.{hashlib.sha256(url.encode()).hexdigest()[:8]}"
        part, staged = self.folder / f"{stem}.part", self.folder / f"{stem}.new"
        resumes = part.exists()
        try:
            self._stage(url, part, staged)
            self._install(staged)
        except Refused:
            if not resumes:
                raise
            # The leftover may be to blame. It is gone now, so this happens once.
            self._from(url)
        finally:
            staged.unlink(missing_ok=True)

    def _stage(self, url: str, part: Path, staged: Path) -> None:
        """Let pooch bring the file to `staged`, through our transport, and check it there."""
        import pooch

        def transport(url: str, output_file: str, _: object) -> None:
            # gzip adds at most a few bytes per block to data that it cannot compress.
            limit = math.prod(self.file.shape) * 101 // 100 + 4096
            download(
                url,
                part,
                limit=limit,
                name=self.file.name,
                progress=self.progress,
                patience=self.patience,
            )
            os.replace(part, output_file)

        pooch.get_logger().setLevel("WARNING")  # its own lines would break a progress bar
        staged.unlink(missing_ok=True)  # pooch would take a leftover for the file
        # Where the unpacked digest is known it decides, and archives may differ.
        known = None if self.file.sha256 else self.file.archive_sha256
        try:
            pooch.retrieve(url, known, staged.name, self.folder, downloader=transport)
            check_file(staged, self.file)
        except (DataUnavailable, ValueError) as error:
            raise Refused(f"the file is not the right one: {error}") from error

    def _install(self, staged: Path) -> None:
        """Sync, rename, sync the folder: the old file or the new one, never half."""
        with staged.open("r+b") as file:
            packed = file.read(2) == GZIP_MAGIC  # some servers unpack on the way
            os.fsync(file.fileno())
        names = (self.file.name, f"{self.file.name}.gz")
        os.replace(staged, self.folder / names[packed])
        (self.folder / names[not packed]).unlink(missing_ok=True)  # it failed its check
        if os.name == "posix":
            handle = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _silent(name: str, done: int, total: int | None) -> None:
    """No progress wanted."""
