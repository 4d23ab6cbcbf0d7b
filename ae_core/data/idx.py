"""The idx format of the MNIST family: big-endian header, then unsigned bytes.

Header: two zero bytes, the type (0x08: unsigned byte), the number of dimensions, then one 32-bit
size per dimension (http://yann.lecun.com/exdb/mnist/).
"""

import gzip
import hashlib
import io
import math
import struct
import zlib
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ae_core.errors import DataUnavailable

GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The array of `shape` that an idx file holds, plain or gzip; anything else is refused.

    The header must state exactly this shape, and not one byte more than it needs is unpacked, so
    a gzip bomb costs no memory. A gzip file is read to its checksum.
    """
    try:
        with path.open("rb") as file:
            packed = file.peek(2)[:2] == GZIP_MAGIC
            stream = cast(io.BufferedIOBase, gzip.GzipFile(fileobj=file)) if packed else file
            return _read(stream, path.name, shape)
    except DataUnavailable:
        raise
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataUnavailable(
            f"{path.name}: the gzip data is damaged or cut short ({error})"
        ) from error
    except OSError as error:
        raise DataUnavailable(f"{path}: cannot be read: {error.strerror or error}") from error


def idx_header(shape: tuple[int, ...]) -> bytes:
    """The header of an idx file of unsigned bytes."""
    return struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)


def idx_sha256(array: NDArray[np.uint8]) -> str:
    """SHA-256 of the unpacked idx file that holds this array."""
    sha = hashlib.sha256(idx_header(array.shape))
    sha.update(np.ascontiguousarray(array).data)
    return sha.hexdigest()


def _read(stream: io.BufferedIOBase, name: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    expected = idx_header(shape)
    header = stream.read(len(expected))
    if header != expected:
        raise DataUnavailable(
            f"{name}: expected the idx header of unsigned bytes {shape}, {expected.hex(' ', 4)}; "
            f"found {header.hex(' ', 4) or 'nothing'}"
        )
    size = math.prod(shape)
    payload = stream.read(size + 1)  # one more, to notice what should not be there
    if len(payload) < size:
        raise DataUnavailable(
            f"{name}: cut short: {len(payload)} of the {size} bytes after the header"
        )
    if len(payload) > size:
        raise DataUnavailable(f"{name}: more than the {size} bytes that its header announces")
    return np.frombuffer(payload, dtype=np.uint8).reshape(shape)
