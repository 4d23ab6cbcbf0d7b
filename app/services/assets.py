"""What the live canvas fetches: codecs and samples as binary files, named by their content.

A page asks for an address; only then is there something behind it. A browser sends back a digest,
never a path or a name of its own: what this process has not named is not found.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

import numpy as np

from ae_core.base import Autoencoder
from ae_core.binary import as_binary, framed, half_suffices
from ae_core.half import is_rounded
from ae_core.runs.snapshots import field_of, look, probe_of
from app.address import address, digest
from app.services.arrays import Array, frozen
from app.services.cache import remembered
from app.services.catalogue import CodecRef, codec, network
from app.services.data import dataset
from app.services.measure import terms
from app.services.noise import Block, linear_family
from app.services.race_film import as_film

MOST = 4096  # addresses remembered; each is an id, not a file
WORTH_HALVING = 512 * 1024  # bytes from which half precision is tried
TRIED = 64  # valid samples on which half precision must not show: 0.1 s for an MNIST network
SCALES = (1 / 255, 1 / 16, 1.0)  # between bytes and values: MNIST and its like, digits, shapes


@dataclass(frozen=True)
class Sampled:
    """The first `limit` samples of a split, or `rows` of it, with classes: the id of a file."""

    data: str
    split: str
    limit: int | None
    rows: tuple[int, ...]
    data_digest: str


@dataclass(frozen=True)
class Linear:
    """The best linear maps against one kind of noise: the id of a file.

    It takes half a second to make, so its address is its id's digest, not its content's: nothing
    is made before a browser asks. `version` counts what the file means.
    """

    data: str
    kind: str
    clip: bool
    block: Block | None
    data_digest: str
    version: int = 1


@dataclass(frozen=True)
class Seen:
    """What a codec makes of a race's probe: the id of a file."""

    which: CodecRef


@dataclass(frozen=True)
class Curve:
    """Where one network lies between its terms at these weights, on valid: the id of a file.

    Named by its id as `Linear` is: an exact Jacobian at every weight may take seconds.
    """

    which: CodecRef
    weights: tuple[float, ...]
    version: int = 1


Source = CodecRef | Sampled | Linear | Seen | Curve
_named: "OrderedDict[str, Source]" = OrderedDict()
_lock = threading.Lock()


def codec_url(which: CodecRef) -> str:
    """Where a browser finds a codec, its gates included: the weight is set there."""
    return _name("codec", replace(which, weight=None))


def samples_url(
    data: str, split: str = "test", limit: int | None = None, *, rows: tuple[int, ...] = ()
) -> str:
    """Where a browser finds samples of a split: values, places in the split, classes.

    The first `limit` of them (None: all), or where given just `rows`.
    """
    return _name("data", Sampled(data, split, limit, rows, dataset(data).digest))


def linear_url(data: str, kind: str, clip: bool, block: Block | None = None) -> str:
    """Where a browser finds the best linear maps at every level of a noise."""
    clip = clip and dataset(data).unit_range
    return _name("data", Linear(data, kind, clip, block, dataset(data).digest))


def seen_url(which: CodecRef) -> str:
    """Where a browser finds what a codec that is not trained makes of a race's probe."""
    return _name("data", Seen(which))


def curve_url(which: CodecRef, weights: tuple[float, ...]) -> str:
    """Where a browser finds the curve of one network over these weights."""
    return _name("data", Curve(replace(which, weight=None), weights))


def asset(wanted: str) -> bytes | None:
    """The file with this digest; None for a digest nobody was given, or a file that has changed."""
    with _lock:
        source = _named.get(wanted)
    if source is None:
        return None
    content, name = _content(source)
    return content if name == wanted else None


def _name(kind: str, source: Source) -> str:
    name = _named_by(source) or _content(source)[1]
    with _lock:
        _named[name] = source
        _named.move_to_end(name)
        while len(_named) > MOST:
            _named.popitem(last=False)
    return address(kind, f"{name}.bin")


def _named_by(source: Source) -> str:
    """The digest of an id that is its file's name; "" where the content names it."""
    return digest(repr(source).encode()) if isinstance(source, (Linear, Curve)) else ""


@remembered(64)
def _content(source: Source) -> tuple[bytes, str]:
    """The file behind an id, and its name."""
    if isinstance(source, CodecRef):
        content = _codec_file(source)
    elif isinstance(source, Sampled):
        content = _samples_file(source)
    elif isinstance(source, Seen):
        content = _seen_file(source)
    elif isinstance(source, Curve):
        content = _curve_file(source)
    else:
        content = _linear_file(source)
    return content, _named_by(source) or digest(content)


def _codec_file(which: CodecRef) -> bytes:
    """float32; float16 where that is no less, or the file is large and no picture shows it."""
    model = network(which)
    if not isinstance(model, Autoencoder):
        return as_binary(model)
    if is_rounded(model):
        return as_binary(model, half=True)
    content = as_binary(model)
    if len(content) < WORTH_HALVING:
        return content
    tried = dataset(which.data).valid[:TRIED]
    return as_binary(model, half=True) if half_suffices(model, tried) else content


def _linear_file(which: Linear) -> bytes:
    """As app/canvas/linear.js reads it; basis and reach in half precision."""
    found = linear_family(which.data, which.kind, which.clip, which.block)
    tables = (
        found.levels, found.gain, found.centre, found.noise, found.mean, found.scale, found.power,
    )  # fmt: skip
    whole = [*(frozen(table) for table in tables), frozen(found.basis.half())]
    if which.block is not None:
        whole += [frozen(found.kept.nonzero().flatten().int()), frozen(found.reach.half())]
    return framed({}, whole)


def _seen_file(which: Seen) -> bytes:
    data = dataset(which.which.data)
    probe, shown = probe_of(data)
    return as_film([look(codec(which.which), probe, shown, 0, 0, field_of(data))])


def _curve_file(which: Curve) -> bytes:
    """As app/canvas/sweep.js reads it: weights, penalties, reconstructions."""
    found = [terms(replace(which.which, weight=w), "valid") for w in which.weights]
    columns = (which.weights, [f.penalty for f in found], [f.reconstruction for f in found])
    return framed({}, [np.array(column, dtype=np.float32) for column in columns])


def _samples_file(which: Sampled) -> bytes:
    source = dataset(which.data)
    places = np.arange(len(getattr(source, which.split)), dtype=np.int32)[: which.limit]
    if which.rows:
        places = np.array(which.rows, dtype=np.int32)
    x = frozen(getattr(source, which.split)[places])
    labels = getattr(source, f"{which.split}_labels")
    raw, scale = _packed(x)
    arrays: list[Array] = [raw, places]
    if labels is not None:
        arrays.append(frozen(labels[places]).astype(np.int32))
    return framed({"shape": source.sample_shape, "scale": scale, "offset": 0.0}, arrays)


def _packed(x: Array) -> tuple[Array, float]:
    """Bytes and the scale that makes values of them, where that is exact; else float32."""
    for scale in SCALES:
        near = np.rint(x / scale)
        if near.min() < 0 or near.max() > 255:
            continue
        raw = near.astype(np.uint8)
        if np.array_equal((raw * scale).astype(np.float32), x):
            return raw, scale
    return np.ascontiguousarray(x, dtype=np.float32), 1.0
