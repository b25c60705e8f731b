"""What is shipped, what is pinned, and which part may import which."""

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import hw3

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirements() -> list[Requirement]:
    project = PROJECT["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    return [Requirement(line) for line in PROJECT["build-system"]["requires"] + project["dependencies"] + extras]


def pins() -> dict[str, Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in found}


def test_the_version_is_one() -> None:
    assert PROJECT["project"]["version"] == hw3.__version__
    assert importlib.metadata.version("hw3") == hw3.__version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.*)$", citation, re.M).group(1) == hw3.__version__  # type: ignore[union-attr]


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_every_direct_dependency_has_a_pin_within_its_range(requirement: Requirement) -> None:
    pin = pins()[canonicalize_name(requirement.name)]
    (exact,) = pin.specifier
    assert exact.operator == "=="
    assert exact.version in requirement.specifier


def test_what_is_installed_is_what_is_pinned() -> None:
    for name, pin in pins().items():
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # needed on another platform only
        assert installed in pin.specifier, f"{name} {installed} is installed: run make test"


def test_the_wheel_has_the_package_its_licence_and_nothing_else(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        info = f"hw3-{hw3.__version__}.dist-info"
        entry_points = archive.read(f"{info}/entry_points.txt").decode()
    assert {"hw3/__init__.py", "hw3/__main__.py", "hw3/cli.py", "hw3/errors.py", "hw3/py.typed"} <= names
    assert f"{info}/licenses/LICENSE" in names
    assert {name.split("/")[0] for name in names} == {"hw3", info}
    assert "hw3 = hw3.cli:main" in entry_points


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
def test_make_demo_judges_first_and_ends_with_the_run() -> None:
    # A make within a make, as `make test` is one, would say where it is.
    command = ["make", "--dry-run", "--no-print-directory", "demo"]
    dry = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    lines = dry.stdout.splitlines()
    assert ".venv/bin/hw3 verify" in lines
    assert lines[-1] == ".venv/bin/hw3 run-vae --out out/vae --resume"
    assert "/out/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_importing_hw3_imports_nothing_else() -> None:
    program = (
        "import sys; before = set(sys.modules); import hw3; "
        "assert set(sys.modules) - before == {'hw3'}, set(sys.modules) - before"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def imported(file: Path) -> Iterator[str]:
    """Every module that the file names in an import, at the top or inside a function."""
    package = file.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(
    ("part", "forbidden"),
    [
        ("derivations", ("torch", "hw3.verify", "hw3.vae", "hw3.cli")),
        ("verify", ("hw3.vae", "hw3.cli")),
        ("vae", ("hw3.cli",)),
    ],
)
def test_imports_run_one_way(part: str, forbidden: tuple[str, ...]) -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in sorted((ROOT / "hw3" / part).rglob("*.py"))
        for module in imported(file)
        if f"{module}.".startswith(tuple(f"{name}." for name in forbidden))
    ]
    assert not wrong
