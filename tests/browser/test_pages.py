"""Every page from a cold start, at two sizes and in two themes; a control moves the picture."""

import pytest
from playwright.sync_api import expect

from app.palette import CODECS
from tests.browser.opening import take_data

pytestmark = pytest.mark.browser

PAGES = ["/", "/train", "/reconstruct", "/latent", "/denoise", "/generate"]
THEMES = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 28)"}
DATA = ["shapes", "patches", "rings", "spiral", "cbf"]


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["projector", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_page_opens_clean_and_follows_the_theme(visit, path, size):
    first, *others = THEMES if size[0] > 400 else reversed(THEMES)
    visitor = visit(size, first)
    page = visitor.open(path)
    for theme in (first, *others):
        page.emulate_media(color_scheme=theme)
        visitor.settle()
        visitor.check()
        assert page.locator(".stMain").inner_text().strip()
        overflow = page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
        assert overflow <= 1, f"{path} is {overflow} px wider than the window"
        expect(page.locator(".stApp")).to_have_css("background-color", THEMES[theme])


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("path", [p for p in PAGES if p not in ("/", "/latent")])  # test_canvas.py
def test_page_opens_on_every_kind_of_data(visit, path, data):
    visitor = visit()
    visitor.open(f"{path}?data={data}")
    visitor.check()


@pytest.mark.parametrize("path", [p for p in PAGES if p != "/train"])
def test_moving_a_control_changes_the_picture_and_the_address(visit, path):
    visitor = visit()
    page = visitor.open(path)
    before, address = visitor.picture(), page.url
    handle = page.locator('.stMain [data-testid="stSlider"] input[type="range"]').first
    handle.focus()
    for _ in range(4):
        handle.press("ArrowRight")
    page.wait_for_function("before => location.href !== before", arg=address)
    visitor.settle()
    assert visitor.picture() != before
    visitor.check()


@pytest.mark.parametrize("path", [p for p in PAGES if p != "/train"])
def test_a_link_opened_elsewhere_shows_the_same(visit, path):
    """The whole view lives in the address: a fresh browser draws the same picture."""
    query = (
        "?data=digits&codecs=pca,sparse,variational&latent_dim=2&sample=17&seed=3"
        "&weights=variational:1"
    )
    first, second = visit(), visit()
    first.open(path + query)
    second.open(path + query)
    second.wait_for_picture(first.drawn())
    assert "sample=17" in second.page.url
    assert "weights=variational" in second.page.url
    second.check()


def test_hostile_addresses_get_a_sentence_not_a_crash(visit):
    visitor = visit()
    page = visitor.open(
        "/latent?data=%3Cscript%3E&codecs=nothing&weights=sparse:nan&latent_dim=99999999999"
        "&sample=-1&pointer=1e999,0&dims=0,0&lang=xx"
    )
    visitor.check()
    assert page.get_by_test_id("stAlertContentWarning").count() >= 5
    assert page.evaluate("document.querySelectorAll('.stMain script').length") == 0


def test_the_menu_keeps_the_view(visit):
    visitor = visit()
    page = visitor.open("/?data=shapes&sample=5")
    page.get_by_test_id("stTopNav").get_by_role("link", name="Reconstruct").click()
    page.wait_for_url("**/reconstruct?*")
    visitor.settle()
    assert "data=shapes" in page.url
    assert "sample=5" in page.url
    visitor.check()


def test_the_bar_says_what_is_drawn_on_every_page_of_the_menu(visit):
    """On another page a widget of the same key is another one, with Streamlit's own default."""
    visitor = visit()
    page = visitor.open("/latent?data=shapes&latent_dim=8&codecs=pca,sparse")
    for name in ("Reconstruct", "Denoise", "Home", "Train", "Latent", "Reconstruct", "Latent"):
        page.get_by_test_id("stTopNav").get_by_role("link", name=name).click()
        page.wait_for_url(f"**/{'' if name == 'Home' else name.lower()}?*")
        visitor.settle()
        main = page.get_by_test_id("stMain")
        expect(main.get_by_role("combobox", name="Data set")).to_have_value("Shapes")
        chosen = main.locator("button[data-variant=pills][aria-pressed=true]").all_inner_texts()
        assert [text.strip() for text in chosen][:2] == ["PCA", "Sparse"]
        if name != "Train":
            size = main.get_by_role("slider", name="Code size d")
            expect(size.first).to_have_attribute("aria-valuetext", "8")
    page.go_back()
    visitor.settle()
    expect(page.get_by_role("combobox", name="Data set")).to_have_value("Shapes")
    page.locator("button[data-variant=pills]").filter(has_text="Undercomplete").click()
    page.wait_for_url("**codecs=pca%2Cundercomplete%2Csparse*")
    visitor.check()


def test_other_data_lets_a_class_go_in_one_step_of_the_history(visit):
    visitor = visit()
    page = visitor.open("/?label=5")
    take_data(page, "moons")
    page.wait_for_url("**data=moons*")
    visitor.settle()
    assert "label" not in page.url
    page.go_back()
    page.wait_for_url("**label=5*")
    visitor.settle()
    expect(page.get_by_role("combobox", name="Data set")).to_have_value("Digits")
    visitor.check()


def test_where_the_modules_do_not_load_a_sentence_and_still_pictures_stand_in(visit):
    visitor = visit()
    visitor.page.route("**/_bottleneck/js/**", lambda route: route.abort())
    page = visitor.page
    page.goto(visitor.server + "/")
    page.get_by_text("The live canvas could not start").wait_for()
    expect(page.locator(".bn-card")).to_have_count(1 + len(CODECS), timeout=60_000)
