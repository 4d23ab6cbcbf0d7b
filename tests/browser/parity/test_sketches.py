"""Small drawings of the canvas, pixel by pixel."""

import pytest

pytestmark = pytest.mark.browser

# Where the arrow of an error (dx, dy), in units of the limit, has ink: at shares of the way from
# the middle to the frame, across and upwards.
ARROW = """async ([error, places]) => {
    const { Sketcher } = await import("/images.js");
    const data = { kind: "points", shape: [2], low: -1, high: 1, limit: 1, cloud: [] };
    const sketcher = new Sketcher(data, { bright: "#ff8800", dark: "#0088ff" });
    const canvas = sketcher.prepare(document.createElement("canvas"));
    sketcher.error(canvas, [0, 0], error);
    const { width, height } = canvas, context = canvas.getContext("2d");
    return places.map(([x, y]) => {
        const [left, top] = [(width / 2) * (1 + x), (height / 2) * (1 - y)].map(Math.round);
        return context.getImageData(left, top, 1, 1).data[3] > 150;
    });
}"""


def test_an_error_beyond_its_frame_keeps_its_direction_and_has_a_head(pages):
    beside = (0.82, 0.33)  # the arrow's line is narrower here than its head
    places = [(0.6, 0.2), (0.9, 0.3), (0.6, 0.6), (0.9, 0.9), beside]
    beyond = pages[False].evaluate(ARROW, [[3, 1], places])
    assert beyond == [True, True, False, False, True]
    within = pages[False].evaluate(ARROW, [[0.99, 0.33], places])
    assert within == [True, True, False, False, False]
