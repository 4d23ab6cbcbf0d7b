"""Charts of the train page by themselves, in a real Chromium: words of changes, ends of axes."""

import pytest

from tests.browser.opening import bare_page

pytestmark = pytest.mark.browser

# Where a chart's context is asked to write words.
WRITE = """async marks => {
  const { Chart } = await import("/curves.js");
  const canvas = document.body.appendChild(document.createElement("canvas"));
  canvas.style = "width: 600px; height: 136px";
  const chart = new Chart(canvas), found = [];
  const c = chart.begin(100, 1, { ink: "#000", axis: "epoch" });
  c.fillText = (words, x, y) => found.push([x, y]);
  for (const [epoch, words] of marks) chart.mark(epoch, words, "#000");
  return found;
}"""
# The right end of the horizontal axis after each look at a sweep of two runs.
MEASURE = """async looks => {
  const { Plot } = await import("/sweepplot.js");
  const runs = [{ run: "a", weight: 1, seed: 0 }, { run: "b", weight: 2, seed: 0 }];
  const text = { chartAlt: "", across: "", up: "", point: "", pointHelp: "", states: {} };
  const plot = new Plot({ runs, text, codec: { colour: "#000" }, symbol: "β" }, () => {}, () => {});
  document.body.append(plot.root);
  plot.root.style = "width: 600px; display: block";
  return looks.map(([a, b]) => {
    plot.show([a, b].map(([state, x], i) => ({ ...runs[i], state, place: x && [x, 1] })), [], "");
    return plot.ends[0][1];
  });
}"""


@pytest.fixture(scope="module")
def desk(browser):
    with bare_page(browser) as page:
        yield page


def test_changes_close_together_are_written_below_each_other(desk):
    marks = [[10, "rate 0.01"], [10, "β 17"], [11, "β 20"], [60, "β 1"], [99, "β 2"]]
    rows = [y for _, y in desk.evaluate(WRITE, marks)]
    assert len(set(rows[:3])) == 3
    assert rows[3:] == [rows[0], rows[0]]  # far from the others: at the top


def test_the_axis_forgets_first_epochs_once_something_has_ended(desk):
    looks = [
        [["running", 900.0], ["queued", None]],
        [["running", 30.0], ["queued", None]],
        [["finished", 20.0], ["running", 800.0]],
        [["finished", 20.0], ["finished", 15.0]],
    ]
    assert desk.evaluate(MEASURE, looks) == [900.0, 900.0, 20.0, 20.0]
