"""What a page shows, and a button that is pressed."""

TINY = "epochs:3;hidden_sizes:16"  # a race of a second


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception
    return app


def keys(app):
    return {b.key for b in app.button}


def said(app):
    return " ".join(m.value for m in app.markdown)


def words(app):
    return " ".join(c.value for c in app.caption)
