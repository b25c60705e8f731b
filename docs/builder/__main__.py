"""The command: `python -m docs.builder` makes `build/site/html`, which opens without a server or a network."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from docs.builder import katex, npm, offline, pages, verdicts
from docs.builder.failure import Failure

ROOT = Path(__file__).parents[2]


def main() -> int:
    """0 when the site is there; otherwise 1, and one sentence on stderr that says what to do."""
    parser = argparse.ArgumentParser(prog="python -m docs.builder", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site", help="the folder that is built in")
    parser.add_argument("--as-they-are", action="store_true", help="take the generated pages as docs/ has them")
    options = parser.parse_args()
    try:
        modules = npm.installed(options.out.parent / "npm")
        if not options.as_they_are:
            verdicts.generate(ROOT, options.out / "generated")
        site = build(options.out.resolve(), modules)
    except Failure as failure:
        print("docs:", " ".join(str(failure).split()), file=sys.stderr)
        return 1
    print(f"the site is built: open {site / 'index.html'}")
    return 0


def build(out: Path, modules: Path) -> Path:
    """Prepares the pages, makes HTML of them, typesets their formulae; gives the folder of the site."""
    source, site = out / "pages", out / "html"
    for folder in (source, site):
        shutil.rmtree(folder, ignore_errors=True)
    pages.prepare(ROOT, source)
    katex.copy_styles(modules / "katex", source / "katex")
    configuration = out / "zensical.toml"
    configuration.write_text(pages.configuration(ROOT, source), encoding="utf-8")
    # Not the console script: it may lie in another environment than this Python.
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict", "--config-file", str(configuration)]
    run = subprocess.run(command, cwd=out, capture_output=True, text=True, check=False)
    if run.returncode or not (site / "index.html").is_file():
        said = (run.stderr + run.stdout).strip() or "it says nothing"
        raise Failure(f"zensical cannot build the pages in {source}: {said}")
    offline.mend(site, modules)
    katex.typeset(site, modules / "katex")
    return site


if __name__ == "__main__":
    sys.exit(main())
