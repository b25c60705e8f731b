"""The pages as zensical gets them: copied, with links that resolve, and a navigation of what is there."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from docs.builder import graph, proofs, reference
from docs.builder.failure import Failure

# What lies outside docs/ and is a page of the site all the same.
OUTSIDE = {
    "README.md": "index.md",  # the site has a first page of its own
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks.md",
    "docs/proofs": "proofs/kl.md",
    "docs": "index.md",
}
# The navigation: a page, or a folder whose pages follow one another by name, but for those that are named somewhere.
# What is not there is left out.
NAVIGATION = {
    "Home": ["index.md"],
    "Guide": [
        "guide/index.md",
        "guide/derive.md",
        "guide/undecided.md",
        "guide/python.md",
        "guide/celeba.md",
        "guide",
        "vae.md",
        "data.md",
    ],
    "Proofs": ["proofs/kl.md", "proofs/autoencoder.md", "proofs/cnn.md", "homework.md", "guide/in-print.md"],
    "What it rests on": ["verdicts.md", "kernel.md", "trusted.md"],
    "Gallery": ["gallery.md"],
    "Measured": ["kl-accuracy.md", "kl-speed.md", "derive.md", "derived-gradients.md", "vae-speed.md", "benchmarks.md"],
    "Reference": ["reference.md", "contributing.md", "changelog.md"],
}
_LINK = re.compile(r"(?<=\]\()(?!\w+:|#|//)([^)\s#]+)(#[^)\s]*)?(?=[)\s])")
# What is quoted, and what is a formula: no link, whatever it looks like.
_QUOTED = re.compile(
    r"^(?P<fence>```+|~~~+).*?^(?P=fence)|(?P<code>`+)(?!`).+?(?<!`)(?P=code)(?!`)|\$\$.*?\$\$|\$[^$\n]+\$",
    re.DOTALL | re.MULTILINE,
)


def prepare(root: Path, target: Path) -> None:
    """Copies every page and what it links to into `target`, ready for zensical.

    Raises:
        Failure: links that lead nowhere; each is named with its page.
    """
    dead: list[str] = []
    base = (root / "docs" / "trusted.md").read_text(encoding="utf-8")
    for source, page in sorted(_sources(root)):
        text = source.read_text(encoding="utf-8")
        text, lost = _resolved(text, source, page, root, target)
        dead += lost
        if page == Path("homework.md"):
            text = proofs.with_verdicts(text)
        elif page.parts[0] == "proofs":
            text = proofs.laid_out(graph.with_graph(text, base))
        _write(target / page, text)
    _write(target / "reference.md", reference.page(root))
    theme = Path(__file__).with_name("theme")
    for file in theme.iterdir():
        _copy(file, target / "theme" / file.name)
    if dead:
        raise Failure("links that lead nowhere: " + "; ".join(dead))


def configuration(root: Path, source: Path) -> str:
    """zensical's configuration: what docs/builder/zensical.toml says, and the navigation of the pages there are."""
    base = Path(__file__).with_name("zensical.toml").read_text(encoding="utf-8")
    sections = []
    for title, entries in NAVIGATION.items():
        there = list(dict.fromkeys(page for entry in entries for page in _pages_of(source, entry)))
        if len(there) == 1:
            sections.append(f"  {{ {json.dumps(title)} = {json.dumps(there[0])} }},")
        elif there:
            sections.append(f"  {{ {json.dumps(title)} = {json.dumps(there)} }},")
    return base.replace("nav = []", "nav = [\n" + "\n".join(sections) + "\n]")


def _pages_of(source: Path, entry: str) -> list[str]:
    if (source / entry).is_dir():
        found = sorted((source / entry).glob("*.md"), key=lambda page: (page.name != "index.md", page.name))
        named = {entry for entries in NAVIGATION.values() for entry in entries}
        return [name for page in found if (name := page.relative_to(source).as_posix()) not in named]
    return [entry] if (source / entry).is_file() else []


def _sources(root: Path) -> Iterator[tuple[Path, Path]]:
    """Every page: the file in the repository, and its place in the site."""
    for path in (root / "docs").rglob("*.md"):
        yield path, path.relative_to(root / "docs")
    for name, page in OUTSIDE.items():
        if name.endswith(".md") and page != "index.md":
            yield root / name, Path(page)


def _resolved(text: str, source: Path, page: Path, root: Path, target: Path) -> tuple[str, list[str]]:
    """The text with each link pointing into the site, where what it links to is put; and the dead ones."""
    dead = []

    def place(found: re.Match[str]) -> str:
        linked = Path(os.path.normpath(source.parent / found[1]))
        if not linked.exists() or not linked.is_relative_to(root):
            dead.append(f"{source.relative_to(root)} to {found[1]}")
            return found[0]
        name = linked.relative_to(root).as_posix()
        if name in OUTSIDE:
            to = Path(OUTSIDE[name])
        elif linked.is_dir():
            to = _listing(linked, root, target)
        elif name.startswith("docs/") and name.endswith(".md"):
            to = Path(name).relative_to("docs")
        else:  # a file to look at; a page of Markdown would be made HTML, and is shown as it is written
            to = Path(name.removeprefix("docs/") if name.startswith("docs/") else f"files/{name}")
            if to.suffix in {".md", ".py"}:
                to = to.with_name(to.name + ".txt")
            _copy(linked, target / to)
        return Path(os.path.relpath(to, page.parent)).as_posix() + (found[2] or "")

    parts, at = [], 0
    for quoted in _QUOTED.finditer(text):
        parts += [_LINK.sub(place, text[at : quoted.start()]), quoted[0]]
        at = quoted.end()
    return "".join([*parts, _LINK.sub(place, text[at:])]), dead


def _listing(folder: Path, root: Path, target: Path) -> Path:
    """A page that lists what a linked folder holds."""
    to = Path("files") / folder.relative_to(root) / "index.md"
    lines = [f"# {folder.relative_to(root).as_posix()}\n"]
    for file in sorted(folder.iterdir()):
        if file.is_file():
            name = file.name + (".txt" if file.suffix in {".md", ".py"} else "")
            _copy(file, (target / to).with_name(name))
            lines.append(f"- [{file.name}]({name})")
    _write(target / to, "\n".join(lines) + "\n")
    return to


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
