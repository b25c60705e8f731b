"""What the site takes from npm while it is built: nothing of it is kept in the repository."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from docs.builder.failure import Failure

PACKAGES = {
    "katex": "0.19.1",  # typesets the formulae, once, at build time
    "iframe-worker": "1.0.4",  # lets the search run in a page that was opened as a file
}


def installed(folder: Path) -> Path:
    """The folder of the packages, fetched by npm unless they are there already.

    Raises:
        Failure: node or npm is missing, or npm cannot fetch a package.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise Failure(
                f"{program} is missing, which typesets the formulae, so no site was built: apt-get install nodejs npm, "
                "or take Node 18 or newer from nodejs.org, then make docs again"
            )
    modules = folder / "node_modules"
    if any(_version(modules / name) != version for name, version in PACKAGES.items()):
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--prefix", str(folder), "--no-save", "--no-audit", "--no-fund", "--silent"]
        wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
        run = subprocess.run([*command, *wanted], capture_output=True, text=True, check=False)
        if any(_version(modules / name) != version for name, version in PACKAGES.items()):
            said = (run.stderr + run.stdout).strip() or f"exit code {run.returncode}"
            raise Failure(f"npm cannot fetch {' and '.join(wanted)}, for which it needs a network once: {said}")
    return modules


def _version(package: Path) -> str | None:
    described = package / "package.json"
    return json.loads(described.read_text(encoding="utf-8"))["version"] if described.is_file() else None
