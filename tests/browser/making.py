"""The generate page as a visitor sees it: its pictures, its sliders, the files it makes."""

import csv
import io
import re

import numpy as np
import torch
from playwright.sync_api import expect

from app import services
from app.services.catalogue import codec as codec_of

PLANE = (272, 292)  # pixels of a saved picture in which points lie together
PICTURES = "all => all.map(canvas => canvas.toDataURL())"


class Making:
    """The generate page of a visitor, and the messages that it sends."""

    def __init__(self, visitor, query):
        self.visitor, self.page, self.sent = visitor, visitor.page, []
        self.page.on("websocket", lambda s: s.on("framesent", lambda f: self.sent.append(f)))
        visitor.open(f"/generate?{query}")
        expect(self.page.locator(".bnc-number").first).to_be_visible(timeout=60_000)
        for number in self.page.locator(".bnc-number").all():
            expect(number).to_contain_text("=", timeout=60_000)
        self.still()

    def still(self):
        """Waits until four looks in a row find every picture the same."""
        seen = []
        for _ in range(100):
            seen.append(self.page.locator(".bnc canvas:not(.bnc-trade)").evaluate_all(PICTURES))
            if seen[-4:] == 4 * seen[-1:]:
                return
            self.page.wait_for_timeout(250)
        raise AssertionError("the canvas never came to rest")

    def pictures(self):
        return self.page.locator(".bnc-card[data-codec] .bnc-picture:first-child").evaluate_all(
            PICTURES
        )

    def tiles(self):
        return self.page.locator(".bnc-tiles").evaluate_all(PICTURES)

    def slide(self, label, share):
        """Moves a slider's thumb and holds it."""
        box = self.page.get_by_role("slider", name=label).bounding_box()
        at = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + box["width"] / 2, at)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + share * box["width"], at, steps=3)

    def save(self, kind, codec="all"):
        """The file that a button makes: its name and its bytes."""
        self.page.get_by_role("combobox", name="Save").select_option(codec)
        with self.page.expect_download() as waiting:
            self.page.get_by_role("button", name=kind, exact=True).click()
        found = waiting.value
        with open(found.path(), "rb") as file:
            return found.suggested_filename, file.read()

    def table(self, codec="all"):
        """The CSV file: its name, and columns by name."""
        name, content = self.save("CSV", codec)
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        return name, {column: [row[column] for row in rows] for column in rows[0]}


def numbers(columns, letter):
    """Columns z1, z2, … or x1, x2, … as an array: (rows, count)."""
    names = [name for name in columns if re.fullmatch(letter + r"\d+", name)]
    return torch.tensor(np.array([columns[name] for name in names], dtype=np.float32).T)


def decoded(which, z):
    with torch.no_grad():
        return codec_of(which).decode(z).flatten(1)


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


def reference(data, codec, d):
    which = services.ref(data, codec, d)
    assert which is not None
    return which
