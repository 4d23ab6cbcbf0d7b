"""The damage of the denoise page: which noise, how much, on which samples, and what is erased.

Everything that is asked here is in the URL; what comes out is a `Damage`, the id of one array.
"""

from dataclasses import replace

import numpy as np
import streamlit as st

from app import services, state
from app.choice import Choice
from app.i18n import t
from app.palette import codec_name
from app.services import CodecRef, Damage
from app.view import MAX_SEED

CLOUD = 120  # points of the plane that are damaged at once: a handful shows no flow
OFFERED = 40  # samples in the list; any other is typed
MAX_SHOWN = 10
LEVEL_SYMBOLS = {"gaussian": "σ", "salt_pepper": "p", "masking": "ν"}
BLOCK = 0.4  # side of the block that the switch erases


def kind_name(kind: str) -> str:
    """The noise in the reader's language."""
    names = {
        "gaussian": t("Gaussian"), "salt_pepper": t("Salt and pepper"), "masking": t("Masking")
    }  # fmt: skip
    return names[kind]


def level_name(kind: str) -> str:
    """What the level of this noise counts, with its symbol."""
    names = {
        "gaussian": t("Standard deviation σ of the noise"),
        "salt_pepper": t("Share p of values set to 0 or 1"),
        "masking": t("Share ν of values set to 0"),
    }
    return names[kind]


def noise_kind() -> str:
    """The chosen noise, or the first that means something for the chosen data."""
    shown = state.view()
    if shown.data not in services.available_data():
        return shown.corruption
    offered = services.noises(shown.data)
    return shown.corruption if shown.corruption in offered else next(iter(offered))


def the_damage(made: Choice, kind: str) -> Damage:
    """The damage that the view asks for, brought into the ranges of data and noise."""
    shown, span = made.view, services.noises(made.data.name)[kind]
    level = min(span.usual if shown.noise_level is None else shown.noise_level, span.highest)
    block = (shown.block_x, shown.block_y, shown.block) if shown.block else None
    if made.data.kind == "points":
        block = None
    return Damage(
        made.data.name, _indices(made), kind, level, shown.noise_seed, shown.clip, block
    )  # fmt: skip


def told_refs(made: Choice, damage: Damage) -> Choice:
    """The same choice with every denoising codec told the level, unless that is switched off."""
    if not made.view.told:
        return made
    refs = {c: services.at_level(r, damage.kind, damage.level) for c, r in made.refs.items()}
    return replace(made, refs=refs)


def denoisers(made: Choice) -> dict[str, CodecRef]:
    """The codecs that were trained on a range of damage, so that they can be told its level."""
    found = {}
    for codec, which in made.refs.items():
        training = services.trained_on(which)
        if training is not None and training.low < training.high:
            found[codec] = which
    return found


def noise_controls(made: Choice, damage: Damage) -> None:
    """Kind, level, new noise, samples and switches, in rows that wrap: where no bench is live."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="noise"):
        _level_controls(damage)
        if made.data.kind != "points":
            _sample_controls(made)
        _switches(made)


def _level_controls(damage: Damage) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", width="content", key="level"):
        with st.container(width="content"):
            st.segmented_control(
                t("Noise"), list(services.noises(damage.data)), format_func=kind_name,
                **state.bind("corruption", damage.kind),
            )  # fmt: skip
        with st.container(width=280):
            highest = services.noises(damage.data)[damage.kind].highest
            st.slider(
                level_name(damage.kind), 0.0, highest, step=0.01,
                **state.bind("noise_level", damage.level, variety=damage.kind),
            )  # fmt: skip
        with st.container(width=130):
            st.number_input(t("Noise seed"), 0, MAX_SEED, step=1, **state.bind("noise_seed"))
        st.button(
            t("Boil"), icon=":material/refresh:", key="denoise.boil", on_click=_boil,
            help=t("New noise of the same kind and level: does the repair hold still?"),
        )  # fmt: skip


def _sample_controls(made: Choice) -> None:
    """Which samples: chosen by number, or left to the seed."""
    count = made.data.sizes[2]
    picked = [i for i in made.view.picked if i < count]
    with st.container(width=300):
        st.multiselect(
            t("Test samples"),
            sorted({*range(min(OFFERED, count)), *picked}),
            accept_new_options=True,
            placeholder=t("chosen by chance; or type numbers"),
            help=t("Numbers from 0 to {last}; none: the seed chooses.", last=count - 1),
            **state.bind("picked", picked),
        )
    st.button(
        "", key="denoise.others", icon=":material/casino:", on_click=_others,
        help=t("Other samples by chance"),
    )  # fmt: skip


def _switches(made: Choice) -> None:
    """What the codecs may know of the damage."""
    if made.data.unit_range:
        st.toggle(
            t("Clip to [0, 1]"),
            help=clip_help(),
            **state.bind("clip"),
        )
    if names := ", ".join(codec_name(codec) for codec in denoisers(made)):
        st.toggle(
            t("Tell {codec} the level", codec=names),
            help=told_help(),
            **state.bind("told"),
        )


def clip_help() -> str:
    """What clipping does."""
    return t(
        "Damaged pixels and all repairs are brought into [0, 1]. Without it the codecs receive "
        "values that a screen cannot show."
    )


def told_help() -> str:
    """What it means to tell a codec the level."""
    return t(
        "One network serves a range of noise levels. On: it is set to the level above. Off: it "
        "stays at a level of your choice, as a network trained on one level would."
    )


def block_controls(made: Choice, damage: Damage) -> None:
    """Damage by hand: an erased block, its size and its place."""
    if made.data.kind == "points":
        return
    st.toggle(
        t("Erase a block"), value=damage.block is not None, key="denoise.block",
        on_change=_erase, args=(damage.block is None,),
        help=t("Set a part of every sample to 0, on top of the noise."),
    )  # fmt: skip
    if damage.block is None:
        return
    with st.container(horizontal=True, key="block"):
        sliders = {"block": t("Size of the block"), "block_x": t("From left to right")}
        if len(made.data.sample_shape) > 1:
            sliders["block_y"] = t("From top to bottom")
        for name, label in sliders.items():
            with st.container(width=150):
                st.slider(label, 0.0, 1.0, step=0.05, **state.bind(name))


def _indices(made: Choice) -> tuple[int, ...]:
    count, shown = made.data.sizes[2], made.view
    picked = tuple(i for i in shown.picked if i < count)[:MAX_SHOWN]
    if made.data.kind == "points":
        picked = ()
    wanted = CLOUD if made.data.kind == "points" else min(shown.count, MAX_SHOWN)
    chance = np.random.default_rng(shown.seed).permutation(count)[:wanted]
    return picked or tuple(int(i) for i in chance)


def _boil() -> None:
    state.update(noise_seed=(state.view().noise_seed + 1) % (MAX_SEED + 1))


def _others() -> None:
    state.update(seed=(state.view().seed + 1) % (MAX_SEED + 1), picked=())


def _erase(erase: bool) -> None:
    state.update(block=BLOCK if erase else 0.0)
