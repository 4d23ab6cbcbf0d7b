"""What the view means here and now: the data set and, for every chosen codec, which model."""

from dataclasses import dataclass

from app import services, state
from app.services import CodecRef, DataInfo, OpenedModel
from app.view import View


@dataclass(frozen=True)
class Choice:
    """The view, resolved against the data and models that are here."""

    data: DataInfo
    sizes: tuple[int, ...]  # code sizes with models, opened ones too
    latent_dim: int
    refs: dict[str, CodecRef]  # by codec, in menu order
    missing: tuple[str, ...]  # chosen codecs without a model at this size
    opened: dict[str, OpenedModel | None]  # by chosen codec, what the view opens; None: it is gone
    sample: int  # index into the test split, brought into its range
    view: View

    @property
    def said(self) -> tuple[object, ...]:
        """What the bar says of models: where it changes, the bar is drawn again."""
        return self.missing, tuple(c for c, which in self.refs.items() if which.model)

    def usual(self, codec: str) -> CodecRef | None:
        """The model that everybody sees as this codec here."""
        which = self.refs[codec]
        return services.ref(self.data.name, codec, self.latent_dim, None, which.corruption)

    @property
    def dims(self) -> tuple[int, int]:
        """The two units a plane shows, brought into range."""
        first, second = (d % self.latent_dim for d in self.view.dims)
        return (first, second) if first != second or self.latent_dim == 1 else (0, 1)


def choice(*, wide: bool = False, corruption: str = "") -> Choice:
    """Resolve the current view; raises DataUnavailable where its data set is not here.

    `wide`: without a chosen code size take the largest there is, else the smallest of two or more.
    `corruption`: the kind of noise a denoising codec should have been trained on.
    """
    shown = state.view()
    data = services.data_info(shown.data)
    named = dict(shown.models)
    opened = {c: _opened(c, named[c]) for c in shown.codecs if c in named}
    own = {one.latent_dim for one in opened.values() if one and one.data == shown.data}
    sizes = tuple(sorted({*services.code_sizes(shown.data), *own}))
    latent_dim = _size(shown, sizes, wide, data)
    refs, missing = {}, []
    for codec in shown.codecs:
        weight = dict(shown.weights).get(codec)
        model = named.get(codec, "")
        found = services.ref(shown.data, codec, latent_dim, weight, corruption, model)
        if found is None:
            missing.append(codec)
        else:
            refs[codec] = found
    sample = min(shown.sample, data.sizes[2] - 1)
    return Choice(data, sizes, latent_dim, refs, tuple(missing), opened, sample, shown)


def _opened(codec: str, run: str) -> OpenedModel | None:
    """The model of that run, if it is one of this codec."""
    found = services.opened_model(run)
    return found if found and found.variant == codec else None


def _size(shown: View, sizes: tuple[int, ...], wide: bool, data: DataInfo) -> int:
    if not sizes:
        return shown.latent_dim or (1 if data.kind == "points" else 2)
    if shown.latent_dim is None:
        planes = [s for s in sizes if s >= 2] or list(sizes)
        full = services.full_sizes(shown.data)
        common = [s for s in planes if s in full] or planes
        return max(common) if wide else min(common)
    asked = shown.latent_dim
    return min(sizes, key=lambda size: abs(size - asked))
