"""The URL gives back the view it was written from, and no address can break a page."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app import view as limits
from app.palette import CODECS
from app.view import CORRUPTIONS, DATA_SETS, FIELDS, PICKS, View, canonical, format_view, parse_view

codec_sets = st.sets(st.sampled_from(list(CODECS)), min_size=1)
coordinate = st.floats(-limits.MAX_POINTER, limits.MAX_POINTER).map(lambda v: v + 0.0)
share = st.floats(0, 1).map(lambda v: v + 0.0)
views = st.builds(
    View,
    data=st.sampled_from(DATA_SETS),
    codecs=codec_sets.map(lambda chosen: tuple(c for c in CODECS if c in chosen)),
    weights=st.dictionaries(st.sampled_from(list(CODECS)), st.floats(0, limits.MAX_WEIGHT)).map(
        lambda w: tuple((c, w[c] + 0.0) for c in CODECS if c in w)
    ),
    models=st.dictionaries(
        st.sampled_from([codec for codec in CODECS if codec != "pca"]),
        st.from_regex(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{10}", fullmatch=True),
    ).map(lambda chosen: tuple((c, chosen[c]) for c in CODECS if c in chosen)),
    latent_dim=st.integers(1, limits.MAX_LATENT_DIM),
    sample=st.integers(0, limits.MAX_SAMPLE),
    seed=st.integers(0, limits.MAX_SEED),
    pointer=st.none() | st.tuples(coordinate, coordinate),
    dims=st.tuples(st.integers(0, 99), st.integers(100, limits.MAX_LATENT_DIM - 1)),
    corruption=st.sampled_from(CORRUPTIONS),
    noise_level=st.none() | st.floats(0, limits.MAX_NOISE).map(lambda v: v + 0.0),
    noise_seed=st.integers(0, limits.MAX_SEED),
    clip=st.booleans(),
    told=st.booleans(),
    block=share,
    block_x=share,
    block_y=share,
    curve=st.booleans(),
    anchors=st.lists(st.integers(0, limits.MAX_SAMPLE), max_size=limits.MAX_ANCHORS).map(tuple),
    label=st.none() | st.integers(0, limits.MAX_LABEL),
    hand=st.none() | st.tuples(share, share),
    pick=st.sampled_from(PICKS),
    sort=st.sampled_from(list(CODECS)),
    count=st.integers(1, limits.MAX_COUNT),
    colouring=st.sampled_from(limits.COLOURINGS),
    ground=st.sampled_from(limits.GROUNDS),
    axes=st.sampled_from(limits.AXES),
    lasso=st.booleans(),
    picked=st.lists(st.integers(0, limits.MAX_SAMPLE), max_size=limits.MAX_PICKED).map(tuple),
    directions=st.booleans(),
    measured=st.booleans(),
    making=st.sampled_from(limits.MAKINGS),
    path=st.sampled_from(limits.PATHS),
    steps=st.integers(3, limits.MAX_STEPS),
    draws=st.integers(4, limits.MAX_DRAWS),
    side=st.integers(4, limits.MAX_SIDE),
    codec=st.none() | st.sampled_from(list(CODECS)),
    units=st.lists(st.integers(0, limits.MAX_LATENT_DIM - 1), max_size=limits.MAX_UNITS).map(tuple),
    target=st.integers(0, limits.MAX_LABEL),
    race=st.dictionaries(
        st.from_regex(r"[a-z_]{1,32}(\.[a-z_]{1,32})?", fullmatch=True),
        st.from_regex(r"[^;\x00-\x1f\x7f]{0,20}", fullmatch=True),
        max_size=8,
    ).map(lambda chosen: tuple(sorted(chosen.items()))),
    mode=st.sampled_from(limits.MODES),
    run=st.from_regex(r"|[0-9a-f]{12}|[0-9]{8}-[0-9]{6}-[0-9a-f]{10}", fullmatch=True),
    lang=st.just("en"),
)


@given(views)
def test_parse_undoes_format(view):
    assert parse_view(format_view(view)) == (view, [])


@given(st.dictionaries(st.sampled_from([*FIELDS, "utm", "embed"]), st.text(max_size=400)))
def test_no_address_raises_and_what_comes_out_is_a_view(query):
    view, faults = parse_view(query)
    assert parse_view(format_view(view)) == (view, [])
    for fault in faults:
        assert getattr(view, fault.name) == getattr(View(), fault.name)
        assert fault.name in query
        assert len(fault.text) < 600


@given(st.dictionaries(st.sampled_from(list(FIELDS)), st.text("0123456789,.:-+e", max_size=30)))
def test_number_like_addresses_are_read_or_refused_whole(query):
    view, faults = parse_view(query)
    refused = {fault.name for fault in faults}
    for name in set(query) - refused:
        assert canonical(name, getattr(view, name)) == getattr(view, name)


def test_the_default_view_has_a_plain_address():
    assert format_view(View()) == {}
    assert {f.name for f in fields(View)} == set(FIELDS)


def test_an_address_is_short_and_readable():
    view = View(data="moons", latent_dim=8, pointer=(0.5, -1.0)).with_weight("variational", 4.0)
    view = view.with_weight("sparse", 0.01)
    assert format_view(view) == {
        "data": "moons",
        "latent_dim": "8",
        "pointer": "0.5,-1",
        "weights": "sparse:0.01,variational:4",
    }


RUN = "20261121-193311-0123abcdef"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("data", "../../etc/passwd"), ("data", ""), ("data", "Digits"),
        ("codecs", "pca,pca"), ("codecs", ""), ("codecs", "pca,unknown"),
        ("weights", "sparse"), ("weights", "sparse:nan"), ("weights", "sparse:-1"),
        ("weights", "sparse:1,sparse:2"), ("weights", "sparse:1e999"), ("weights", "x:1"),
        ("models", "sparse"), ("models", "sparse:../x"), ("models", f"pca:{RUN}"),
        ("models", f"sparse:{RUN},sparse:{RUN}"), ("models", f"sparse:{RUN.upper()}"),
        ("latent_dim", "0"), ("latent_dim", "2.0"), ("latent_dim", "٣"), ("latent_dim", "9" * 5000),
        ("sample", "-1"), ("sample", "1_000"), ("seed", "4294967296"), ("seed", "True"),
        ("pointer", "inf,0"), ("pointer", "1"), ("pointer", "1,2,3"), ("dims", "1,1"),
        ("corruption", "gaussian "), ("noise_level", "1e9"), ("anchors", "1,,2"),
        ("anchors", ",".join("1" * 17)), ("lang", "<script>"),
        ("hand", "0.5"), ("hand", "0.5,1.5"), ("label", "-1"), ("pick", "Best"), ("sort", "mean"),
        ("count", "0"), ("count", "17"),
    ],
)  # fmt: skip
def test_bad_values_fall_back_and_say_so(name, text):
    view, faults = parse_view({name: text, "seed": "7"} if name != "seed" else {name: text})
    assert getattr(view, name) == getattr(View(), name)
    (fault,) = faults
    assert fault.name == name
    assert name.replace("_", "\\_") in fault.text or name in fault.text
    assert fault.allowed.replace("_", "\\_") in fault.text
    if name != "seed":
        assert view.seed == 7  # the good part of the link still counts


def test_a_model_is_opened_and_closed_beside_others():
    view = View().with_model("variational", RUN).with_model("sparse", RUN[:-1] + "0")
    assert view.models == (("sparse", RUN[:-1] + "0"), ("variational", RUN))
    assert view.with_model("sparse", "").models == (("variational", RUN),)
    assert format_view(View(models=(("variational", RUN),))) == {"models": f"variational:{RUN}"}


def test_a_notice_shows_no_markup_of_a_stranger():
    (fault,) = parse_view({"data": "![x](http://evil/a.png) <b> $x$ `c`"})[1]
    assert not set("![](<>$`*") & set(fault.text)


def test_views_refuse_what_the_address_would_refuse():
    assert canonical("codecs", ["variational", "pca"]) == ("pca", "variational")
    assert canonical("pointer", (1, 2)) == (1.0, 2.0)
    for name, value in (("latent_dim", 0), ("codecs", []), ("data", None), ("seed", 1.5)):
        with pytest.raises(ValueError, match=f"{name} cannot be"):
            canonical(name, value)
    with pytest.raises(ValueError, match="unknown field 'colour'"):
        canonical("colour", "red")


# In a running page


def page():
    import streamlit as st

    from app import state
    from app.i18n import t

    state.restore()
    for notice in state.notices():
        st.warning(notice.text)
    st.slider("size", 1, 64, **state.bind("latent_dim", state.view().latent_dim or 2))
    st.pills("codecs", ["pca", "sparse"], selection_mode="multi", **state.bind("codecs"))
    st.slider(
        "beta",
        0.0,
        10.0,
        **state.bind_weight("variational", state.view().weight("variational", 1.0)),
    )
    if st.button("point"):
        state.update(pointer=(0.25, -2))
    if st.button("wrong"):
        state.update(sample=-3)
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.caption(repr(state.view()))
    st.text(t("epoch"))


@pytest.fixture
def app():
    test = AppTest.from_function(page, default_timeout=20)
    test.query_params["codecs"] = "pca,sparse"
    return test


def shown(test):
    assert not test.exception
    return eval(test.caption[0].value, {"View": View})


def query(test):
    """The address: AppTest gives text for what the page wrote, a list for what the test wrote."""
    found = test.query_params.items()
    return {name: v if isinstance(v, str) else v[-1] for name, v in found}


def test_a_link_opens_the_view_it_names(app):
    app.query_params["latent_dim"] = "8"
    app.query_params["weights"] = "variational:4"
    app.run()
    assert shown(app) == replace(
        View(), codecs=("pca", "sparse"), latent_dim=8, weights=(("variational", 4.0),)
    )
    assert app.slider[0].value == 8
    assert app.slider[1].value == 4.0
    assert app.session_state["runs"] == 1


def test_a_moved_widget_writes_the_address_in_one_run(app):
    app.run()
    app.slider[0].set_value(16).run()
    assert shown(app).latent_dim == 16
    assert query(app) == {"codecs": "pca,sparse", "latent_dim": "16"}
    app.slider[1].set_value(2.5).run()
    assert query(app)["weights"] == "variational:2.5"
    assert app.session_state["runs"] == 3
    app.slider[1].set_value(0.5).run()
    assert query(app)["weights"] == "variational:0.5"


def test_an_address_sent_before_the_last_choice_cannot_undo_it(app):
    app.run()
    app.slider[0].set_value(16).run()
    app.query_params["latent_dim"] = "3"  # as a browser that has not yet heard of 16
    app.run()
    assert shown(app).latent_dim == 16
    assert query(app)["latent_dim"] == "16"


def test_the_page_menu_drops_the_query_and_the_session_puts_it_back(app):
    app.run()
    app.slider[0].set_value(16).run()
    app.query_params.clear()
    app.run()
    assert shown(app).latent_dim == 16
    assert query(app) == {"codecs": "pca,sparse", "latent_dim": "16"}


def test_parameters_of_others_stay(app):
    app.query_params["utm"] = "mail"
    app.run()
    app.slider[0].set_value(5).run()
    assert query(app) == {"codecs": "pca,sparse", "latent_dim": "5", "utm": "mail"}


def test_bad_values_give_one_notice_until_the_first_change(app):
    app.query_params["latent_dim"] = "1e9"
    app.run()
    assert len(app.warning) == 1
    assert "1e9" in app.warning[0].value
    assert shown(app).latent_dim is None
    assert "latent_dim" not in query(app)
    app.slider[0].set_value(4).run()
    assert not app.warning


def test_the_last_codec_cannot_be_clicked_off(app):
    app.run()
    app.button_group[0].set_value([]).run()
    assert shown(app).codecs == ("pca", "sparse")
    assert app.button_group[0].value == ["pca", "sparse"]


def test_a_page_can_set_what_no_widget_holds(app):
    app.run()
    app.button[0].click().run()
    assert shown(app).pointer == (0.25, -2.0)
    assert query(app)["pointer"] == "0.25,-2"


def test_a_page_that_sets_nonsense_hears_of_it(app):
    app.run()
    app.button[1].click().run()
    assert "sample cannot be -3; allowed: whole numbers 0 to" in app.exception[0].message


def test_the_language_of_the_link_is_the_language_of_the_page(app):
    app.query_params["lang"] = "qps"
    app.run()
    assert app.text[0].value == "⟦épóçh⟧"
