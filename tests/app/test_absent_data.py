"""A link to a data set that is not on this machine."""

import pytest


@pytest.mark.parametrize("page", ["home", "latent", "denoise"])
def test_visitors_are_told_what_to_do_and_no_folder_of_the_server(
    open_page, monkeypatch, tmp_path, caplog, page
):
    monkeypatch.setenv("AE_DATA_DIR", str(tmp_path / "private"))
    monkeypatch.setenv("BOTTLENECK_HOME", str(tmp_path / "home"))
    app = open_page(page, data="kmnist")
    said = " ".join(element.value for element in (*app.info, *app.markdown, *app.caption))
    assert "python -m ae_core data kmnist" in said
    assert str(tmp_path) not in said
    assert str(tmp_path) in caplog.text
