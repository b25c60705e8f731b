"""The site in a browser, offline: with scripts off it shows its mathematics, with scripts on it can be searched."""

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BROWSER = shutil.which("chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="chromium is missing: apt-get install chromium"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is missing: apt-get install nodejs npm"),
    *(
        pytest.mark.skipif(
            importlib.util.find_spec(name) is None,
            reason=f"{name} is missing: make docs installs it",
        )
        for name in ("zensical", "playwright")
    ),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built anew from the pages as they are."""
    out = tmp_path_factory.mktemp("build") / "site"
    out.parent.joinpath("npm").symlink_to(ROOT / "build" / "npm")  # fetched once, if there is a network
    (ROOT / "build" / "npm").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "docs.builder", "--as-they-are", "--out", str(out)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return out / "html"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # no sandbox: it needs rights that a container does not give, and the pages are our own
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


def pages(site: Path) -> list[Path]:
    found = sorted(page for page in site.rglob("*.html") if page.name != "404.html")
    assert len(found) > 12
    return found


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])
def test_nothing_overflows_and_no_formula_is_left_raw(site: Path, chromium: Any, width: int, scripts: bool) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts, offline=True, color_scheme="light"
    )
    asked: list[str] = []
    tab = context.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    for page in pages(site):
        tab.goto(page.as_uri())
        name = page.relative_to(site)
        wide, room = tab.evaluate("[document.scrollingElement.scrollWidth, window.innerWidth]")
        assert wide <= room, f"{name} is {wide} px wide in a window of {room}"
        raw = re.search(r"\$\$|\\[(\[]|\\(?:frac|begin|operatorname|mathbb|mathcal|left|sum|top)\b", tab.evaluate(TEXT))
        assert raw is None, f"{name} shows {raw[0]}"
        assert tab.evaluate(UNSEEN) == [], f"{name} hides formulae"
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    context.close()


# What is read on a page: neither the code that is quoted nor the formulae's MathML, which screen readers read.
TEXT = """() => {
  const page = document.body.cloneNode(true);
  page.querySelectorAll('.katex-mathml, code, pre, script, style').forEach(e => e.remove());
  return page.textContent;
}"""
# Formulae outside closed details that take no room, or whose fonts are not there.
UNSEEN = """async () => {
  await document.fonts.ready;
  const lost = [...document.querySelectorAll('.formula')].filter(e =>
    !e.closest('details:not([open])') && !e.closest('nav') && !(e.getBoundingClientRect().height > 5));
  const fonts = [...document.fonts].filter(f => f.status === 'error').map(f => f.family);
  return [...lost.map(e => e.textContent.slice(0, 80)), ...fonts];
}"""


def test_the_proofs_have_as_many_formulae_as_their_pages_say(site: Path, chromium: Any) -> None:
    context = chromium.new_context(java_script_enabled=False, offline=True)
    tab = context.new_page()
    for name in ("kl", "autoencoder", "cnn"):
        tab.goto((site / "proofs" / f"{name}.html").as_uri())
        boxed = (ROOT / "docs" / "proofs" / f"{name}.md").read_text(encoding="utf-8").count("\\boxed")
        assert tab.locator(".result .katex-html .fbox, .result .katex-html .boxed").count() == boxed > 5
        assert tab.locator(".step .reason").count() >= boxed
    context.close()


@pytest.mark.parametrize(("width", "beside"), [(1280, True), (390, False)])
def test_the_reason_is_beside_its_line_or_under_it(site: Path, chromium: Any, width: int, beside: bool) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, java_script_enabled=False, offline=True)
    tab = context.new_page()
    tab.goto((site / "proofs" / "kl.html").as_uri())
    step = tab.locator(".step:has(.reason)").first
    line, reason = step.locator(".line").bounding_box(), step.locator(".reason").bounding_box()
    if beside:
        assert reason["x"] >= line["x"] + line["width"]
    else:
        assert reason["y"] >= line["y"] + line["height"]
        assert reason["x"] < line["x"] + line["width"] / 2
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(site: Path, chromium: Any, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme, offline=True)
    tab = context.new_page()
    for page in pages(site):
        tab.goto(page.as_uri())
        ground, faint = tab.evaluate(CONTRAST)
        assert (ground < 0.2) == (scheme == "dark"), f"{page.name} is not {scheme}"
        assert faint == [], f"{page.relative_to(site)}: {faint[:5]}"
    context.close()


# WCAG 2: the ratio of luminances, at least 4.5 for text, 3 for large text.
CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = colour => {  // whatever notation it is in
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => [0, 1, 2].map(i => top[3] * top[i] + (1 - top[3]) * under[i]).concat(1);
  const ground = e => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) layers.unshift(rgba(getComputedStyle(at).backgroundColor));
    return layers.reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const luminance = c => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => {
    const s = c[i] / 255;
    return sum + w * (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4);
  }, 0);
  const faint = [];
  const seen = new Set();
  for (const e of document.querySelectorAll('.md-content *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest('.katex-mathml, .headerlink, details:not([open]), svg title, script, style')) continue;
    if (!e.getClientRects().length) continue;
    const style = getComputedStyle(e);
    const under = ground(e);
    const ink = rgba(e instanceof SVGElement ? style.fill : style.color);
    if (!ink[3] && e.closest('.katex')) continue;  // a phantom, which only keeps room
    const colour = over(ink, under);
    const [low, high] = [luminance(colour), luminance(under)].sort((a, b) => a - b);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700);
    const ratio = (high + 0.05) / (low + 0.05);
    const told = `${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`;
    if (ratio < (large ? 3 : 4.5) && !seen.has(told)) { seen.add(told); faint.push(told); }
  }
  return [luminance(rgba(getComputedStyle(document.body).backgroundColor)), faint];
}"""


# A link within a drawing has its address in another place.
LINKS = "[...document.querySelectorAll('a[href]')].map(a => new URL(a.getAttribute('href'), document.URL).href)"


def test_links_resolve_and_images_have_words(site: Path, chromium: Any) -> None:
    context = chromium.new_context(java_script_enabled=False, offline=True)
    tab = context.new_page()
    names: dict[Path, set[str]] = {}
    links: list[tuple[Path, str]] = []
    for page in pages(site):
        tab.goto(page.as_uri())
        names[page] = set(tab.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
        links += [(page, url) for url in tab.evaluate(LINKS)]
        images = tab.evaluate("[...document.images].map(i => [i.currentSrc, i.alt, i.naturalWidth])")
        assert all(alt.strip() and width > 0 for _, alt, width in images), f"{page.name}: {images}"
    dead = []
    for page, url in links:
        if not url.startswith("file:"):
            continue
        path, _, anchor = url.removeprefix("file://").partition("#")
        target = Path(path)
        if not target.is_file() or (anchor and target.suffix == ".html" and anchor not in names[target]):
            dead.append(f"{page.relative_to(site)} to {url.removeprefix(site.as_uri())}")
    assert dead == []
    assert len(links) > 300
    context.close()


def test_the_search_finds_trace_without_a_server(site: Path, chromium: Any) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    tab = context.new_page()
    tab.goto((site / "index.html").as_uri())
    tab.locator(".md-search__button").click()
    tab.keyboard.type("trace")
    tab.get_by_text("spectrum-trace").first.click(timeout=15_000)
    tab.wait_for_url("**/trusted.html*#spectrum-trace", timeout=15_000)
    context.close()


def test_the_button_copies_the_latex_of_the_proof(site: Path, chromium: Any) -> None:
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"], offline=True)
    tab = context.new_page()
    tab.goto((site / "proofs" / "kl.html").as_uri())
    tab.locator(".proof .copy-latex").first.click()
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("\\begin{aligned}")
    assert copied.replace("\r", "") in (ROOT / "docs" / "proofs" / "kl.md").read_text(encoding="utf-8")
    tab.locator(".result .copy-latex").first.click()
    assert tab.evaluate("navigator.clipboard.readText()").startswith("\\boxed{")
    context.close()
