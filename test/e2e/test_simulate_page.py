"""`smyth simulate --html`: the page as a browser has it, and as its reader sees it."""

import re
import subprocess

import pytest

from harness import chromium
from harness.server import BINARY

CHARTS = ["Environments over time", "Latency", "Cold starts over time", "Calls and throttles over time"]

# Every text and its background, as computed: [text, [r, g, b], [r, g, b]].
COLOURS = """
(() => {
  const rgb = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const paper = rgb(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll("h1, h2, p, th, td, figcaption, svg text")].filter(one => one.textContent.trim())
    .map(one => [one.textContent, rgb(one.namespaceURI.endsWith("svg") ? getComputedStyle(one).fill
                                      : getComputedStyle(one).color), paper]);
})()
"""
# What of the drawings lies outside of its SVG, and what has no extent at all.
MISPLACED = """
[...document.querySelectorAll("svg")].flatMap(svg => {
  const whole = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("path, text, circle")].filter(one => {
    const box = one.getBoundingClientRect();
    return box.left < whole.left - 1 || box.right > whole.right + 1 || box.top < whole.top - 1
      || box.bottom > whole.bottom + 1 || box.width + box.height === 0;
  }).map(one => one.outerHTML.slice(0, 120));
})
"""


def contrast(colours):
    def luminance(colour):
        parts = [value / 255 for value in colour]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted(map(luminance, colours))
    return (high + 0.05) / (low + 0.05)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    subprocess.run([BINARY, "simulate", "<orders & co>", "--rate", "20", "--duration", "lognormal:p50=800ms,p99=4s",
                    "--init", "450ms", "--for", "3h", "--reserved", "30", "--html", str(path)], check=True,
                   stdout=subprocess.DEVNULL, timeout=60)
    return path


@pytest.fixture(scope="module")
def grid_page(tmp_path_factory):
    path = tmp_path_factory.mktemp("grid") / "grid.html"
    subprocess.run([BINARY, "simulate", "<orders & co>", "--rate", "20", "--duration", "lognormal:p50=800ms,p99=4s",
                    "--init", "450ms", "--for", "1h", "--provisioned", "0..30/10", "--arch", "x86_64,arm64", "--memory",
                    "128..512/128", "--html", str(path)], check=True, stdout=subprocess.DEVNULL, timeout=60)
    return path


@pytest.fixture(scope="module")
def browser():
    if not chromium.find():
        pytest.skip("there is no Chromium")
    with chromium.Chromium() as browser:
        yield browser


def test_the_page_refers_to_nothing_outside_of_itself(page, grid_page):
    text = page.read_text() + grid_page.read_text()
    assert "<script" not in text and not re.search(r"""(src|href)=["'](?!data:)""", text)
    assert "@import" not in text and "url(" not in text


def test_a_browser_shows_the_page_without_asking_for_more(browser, page):
    browser.open(page.as_uri())
    assert [url for url in browser.requested() if not url.startswith("data:")] == [page.as_uri()]
    assert browser.complaints() == []
    assert browser.evaluate("document.querySelector('h1').textContent") == "<orders & co>, simulated"
    assert browser.evaluate("[...document.querySelectorAll('figure h2')].map(one => one.textContent)") == CHARTS


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("kind", ["page", "grid_page"])
def test_the_page_can_be_read(browser, request, kind, width, colours):
    browser.look(width, colours)
    browser.open(request.getfixturevalue(kind).as_uri())
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate(MISPLACED) == []
    found = browser.evaluate(COLOURS)
    assert len(found) > 60
    assert [text for text, *colours in found if contrast(colours) < 4.5] == []
    paper = found[0][2]
    assert (sum(paper) > 600) == (colours == "light"), paper
    sizes = browser.evaluate("[...document.querySelectorAll('svg text')].map(one => one.getBoundingClientRect().height)")
    assert min(sizes) >= 9


def test_who_does_not_see_the_charts_is_told_what_they_show(browser, page):
    browser.open(page.as_uri())
    images = browser.images()
    assert [name for name, _ in images] == CHARTS
    assert all(len(description) > 60 for _, description in images)
    assert browser.evaluate("document.documentElement.lang") == "en"
    assert browser.evaluate("[...document.querySelectorAll('tr')].every(row => row.querySelector('th[scope]'))")


def test_the_charts_show_the_figures(browser, page):
    browser.look(1280, "light")
    browser.open(page.as_uri())
    heights = browser.evaluate("""
        Object.fromEntries([...document.querySelectorAll("figure")].map(one => [one.id,
          [...one.querySelectorAll("svg .line, svg .area")].map(path => path.getBoundingClientRect().height)]))""")
    busy, most, alive = heights["environments"]
    assert busy > 50 and most < busy and alive < busy  # An area, and two lines that vary little.
    assert max(heights["latency"]) > 100 and max(heights["cold"]) > 100 and heights["throttled"][0] > 100


def test_the_page_of_a_grid_shows_its_front_and_all_points(browser, grid_page):
    browser.look(1280, "light")
    browser.open(grid_page.as_uri())
    assert browser.complaints() == []
    assert browser.evaluate("document.querySelector('h1').textContent") == "<orders & co>, simulated 32 times"
    points = browser.evaluate("""
        [...document.querySelectorAll("#grid circle")].map(one => [one.getAttribute("class"), one.textContent,
          one.getBoundingClientRect().x, one.getBoundingClientRect().y])""")
    rows = browser.evaluate("""
        [...document.querySelectorAll("table")][0].querySelectorAll("tr").length""")
    assert len(points) == 32 and rows == 33
    front = [point for point in points if "second" in point[0]]
    assert 0 < len(front) < 32
    # Nothing is both further left (faster) and further down (cheaper) than a point of the front.
    assert not any(x < best_x - 1 and y > best_y + 1 for _, _, best_x, best_y in front for _, _, x, y in points)
    assert all("arch arm64" in name and "memory 128" in name for _, name, _, _ in front), "the others are dearer"
    names = {name.partition(":")[0] for _, name, _, _ in points}
    assert len(names) == 32 and "memory 128, arch arm64, provisioned 10" in names
    assert [name for name, _ in browser.images()] == ["Cost against latency"]
