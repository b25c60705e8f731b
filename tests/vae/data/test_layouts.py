"""The same small CelebA in every layout: each picture gets its own attributes and its own split."""

import shutil
from collections.abc import Callable
from pathlib import Path

import hw3_test_layouts as layouts
import numpy as np
import pytest

from hw3.vae.data import load
from hw3.vae.data.faces import Faces


def originals(faces: Faces) -> np.ndarray:
    """(n,) which i each picture is, told by its colour; the whole of it is that colour, so the crop is right."""
    palette = np.array([layouts.colour(i) for i in range(layouts.COUNT)])
    far = np.abs(faces.images.astype(int)[:, :, :, None, :] - palette).max(-1)  # (n, s, s, COUNT)
    nearest = far.argmin(-1)
    assert (nearest == nearest[:, :1, :1]).all()
    assert far.min(-1).max() <= 4  # JPEG moves a flat colour by a level or two
    return nearest[:, 0, 0]


@pytest.mark.parametrize("write", layouts.WITH_SPLIT, ids=lambda write: write.__name__)
def test_every_layout_gives_the_same_faces(write: Callable[[Path], Path], tmp_path: Path) -> None:
    faces = load(write(tmp_path / "data"), size=16, jobs=1)
    which = originals(faces)
    assert sorted(which) == list(range(layouts.COUNT))
    columns = [faces.column(name) for name in layouts.NAMES]
    assert len(faces.names) == len(layouts.NAMES)
    np.testing.assert_array_equal(faces.attributes[:, columns], layouts.attributes()[which])
    np.testing.assert_array_equal(faces.split, layouts.SPLIT[which])
    assert [len(faces.of(split)) for split in ("train", "validation", "test")] == [30, 4, 6]


def test_any_folder_with_a_csv(tmp_path: Path) -> None:
    faces = load(layouts.any_folder(tmp_path / "data"), size=16, jobs=1)
    which = originals(faces)
    assert sorted(which) == list(range(layouts.COUNT))
    assert faces.names == layouts.NAMES  # not the title
    np.testing.assert_array_equal(faces.attributes, layouts.attributes()[which])
    assert set(faces.split.tolist()) == {0, 1, 2}


def test_a_split_by_name_stays_when_pictures_come_and_go(tmp_path: Path) -> None:
    root = layouts.official(tmp_path / "data")
    (root / "list_eval_partition.txt").unlink()
    before = load(root, size=8, jobs=1)
    split_of = dict(zip(originals(before).tolist(), before.split.tolist(), strict=True))
    for i in range(0, layouts.COUNT, 3):
        (root / "img_align_celeba" / layouts.name(i)).unlink()
    after = load(root, size=8, jobs=1)
    assert len(after) == layouts.COUNT - len(range(0, layouts.COUNT, 3))
    assert all(split_of[i] == s for i, s in zip(originals(after).tolist(), after.split.tolist(), strict=True))


def test_what_is_prepared_is_found_again_and_follows_the_source(tmp_path: Path) -> None:
    root = layouts.official(tmp_path / "data")
    first = load(root, size=16, jobs=1)
    (prepared,) = (p for p in (tmp_path / "cache" / "prepared").iterdir() if p.is_dir())
    stamp = (prepared / "images.npy").stat().st_mtime_ns
    assert load(root, size=16, jobs=1).fingerprint == first.fingerprint
    assert (prepared / "images.npy").stat().st_mtime_ns == stamp
    assert load(prepared, size=16).fingerprint == first.fingerprint
    assert isinstance(first.images, np.memmap)
    assert not first.images.flags.writeable
    text = (root / "list_attr_celeba.txt").read_text().replace(" -1", "  1", 1)
    (root / "list_attr_celeba.txt").write_text(text)
    assert load(root, size=16, jobs=1).fingerprint != first.fingerprint


def test_layouts_agree_to_the_fingerprint(tmp_path: Path) -> None:
    """The same bytes in a folder and in a zip are the same data set; so it is on several processes."""
    first = load(layouts.official(tmp_path / "a"), size=16, jobs=1)
    assert load(layouts.drive(tmp_path / "b"), size=16, jobs=1).fingerprint == first.fingerprint
    assert load(layouts.official(tmp_path / "c"), size=8, jobs=1).fingerprint != first.fingerprint


def test_grey_pictures(tmp_path: Path) -> None:
    faces = load(layouts.official(tmp_path / "data"), size=16, channels=1, jobs=1)
    assert faces.images.shape == (layouts.COUNT, 16, 16, 1)
    red, green, blue = layouts.colour(0)
    assert abs(int(faces.images[0].mean()) - round(0.299 * red + 0.587 * green + 0.114 * blue)) <= 3


def test_the_aligned_pictures_are_taken_where_the_wild_ones_lie_beside(tmp_path: Path) -> None:
    root = layouts.official(tmp_path / "data")
    shutil.copytree(root / "img_align_celeba", root / "img_celeba")
    assert len(load(root, size=8, jobs=1)) == layouts.COUNT
