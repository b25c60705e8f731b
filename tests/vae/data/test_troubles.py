"""What really goes wrong with CelebA: each ends in one sentence that names the file and what to do."""

import re
from collections.abc import Callable
from pathlib import Path

import hw3_test_layouts as layouts
import numpy as np
import pytest

from hw3.errors import UserError
from hw3.vae.data import load, store
from hw3.vae.data.celeba import finding

HTML = b"<!DOCTYPE html><html><head><title>Google Drive - Quota exceeded</title></head></html>"


def a_quota_page_as_zip(root: Path) -> Path:
    layouts.drive(root)
    (root / "Img" / "img_align_celeba.zip").write_bytes(HTML)
    return root


def a_quota_page_as_the_zip_that_is_named(root: Path) -> Path:
    return a_quota_page_as_zip(root) / "Img" / "img_align_celeba.zip"


def a_quota_page_as_txt(root: Path) -> Path:
    layouts.official(root)
    (root / "list_attr_celeba.txt").write_bytes(HTML)
    return root


def a_quota_page_as_partition(root: Path) -> Path:
    layouts.official(root)
    (root / "list_eval_partition.txt").write_bytes(HTML)
    return root


def a_zip_cut_short(root: Path) -> Path:
    layouts.drive(root)
    path = root / "Img" / "img_align_celeba.zip"
    path.write_bytes(path.read_bytes()[:-2000])
    return root


def a_zip_in_a_zip(root: Path) -> Path:
    layouts.pack(root / "inner.zip", layouts.zipped())
    layouts.pack(root / "celeba.zip", {"img_align_celeba.zip": (root / "inner.zip").read_bytes()})
    (root / "inner.zip").unlink()
    return root / "celeba.zip"


def attributes_without_pictures(root: Path) -> Path:
    layouts.official(root)
    for file in (root / "img_align_celeba").iterdir():
        file.unlink()
    return root


def pictures_without_attributes(root: Path) -> Path:
    layouts.pictures(root)
    return root


def pictures_in_7z(root: Path) -> Path:
    attributes_without_pictures(root)
    (root / "img_align_celeba_png.7z.001").write_bytes(b"7z")
    return root


def an_empty_folder(root: Path) -> Path:
    root.mkdir()
    return root


def nothing(root: Path) -> Path:
    return root / "nowhere"


def a_table_itself(root: Path) -> Path:
    return layouts.official(root) / "list_attr_celeba.txt"


def another_file(root: Path) -> Path:
    root.mkdir()
    (root / "faces.tar").write_bytes(b"not a zip")
    return root / "faces.tar"


def a_table_cut_short(root: Path) -> Path:
    layouts.official(root)
    path = root / "list_attr_celeba.txt"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-3]))
    return root


def a_line_cut_short(root: Path) -> Path:
    layouts.official(root)
    path = root / "list_attr_celeba.txt"
    path.write_text(path.read_text()[:-6])
    return root


def a_value_flipped(root: Path) -> Path:
    layouts.kaggle(root)
    path = root / "list_attr_celeba.csv"
    path.write_text(path.read_text().replace(",1\n", ",q\n", 1))
    return root


def an_empty_table(root: Path) -> Path:
    layouts.official(root)
    (root / "list_attr_celeba.txt").write_text("")
    return root


def a_table_of_other_pictures(root: Path) -> Path:
    layouts.official(root)
    path = root / "list_attr_celeba.txt"
    path.write_text(path.read_text().replace(".jpg", "x.jpg"))
    return root


def a_partition_cut_short(root: Path) -> Path:
    layouts.official(root)
    path = root / "list_eval_partition.txt"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-3]))
    return root


def a_parquet_cut_short(root: Path) -> Path:
    layouts.parquet_bool(root)
    path = root / "data" / "train-00000-of-00002.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    return root


def two_pictures_of_one_name(root: Path) -> Path:
    for folder in ("a", "b"):
        layouts.pictures(root / folder)
    (root / "labels.csv").write_text(layouts.attr_csv())
    return root


TROUBLES: list[tuple[Callable[[Path], Path], str]] = [
    (a_quota_page_as_zip, r"img_align_celeba.zip is a web page, not the file itself .* download it again"),
    (a_quota_page_as_the_zip_that_is_named, r"img_align_celeba.zip is a web page"),
    (a_quota_page_as_txt, r"list_attr_celeba.txt is a web page"),
    (a_quota_page_as_partition, r"list_eval_partition.txt is a web page"),
    (a_zip_cut_short, r"img_align_celeba.zip is a zip that is cut short \([\d,]+ bytes\): .* get it anew"),
    (a_zip_in_a_zip, r"celeba.zip holds another zip, img_align_celeba.zip: unpack celeba.zip once"),
    (attributes_without_pictures, r"has the attributes \(list_attr_celeba.txt\) and no pictures: put img_align_celeba"),
    (pictures_without_attributes, r"has 40 pictures and no table of attributes: put list_attr_celeba.txt"),
    (pictures_in_7z, r"has its pictures in img_align_celeba_png.7z.001: unpack it"),
    (an_empty_folder, r"has no pictures \(\.jpg, .*\), no zip of them and no parquet files"),
    (nothing, r"there is nothing at .*nowhere: check the path"),
    (a_table_itself, r"list_attr_celeba.txt is a table: name the folder"),
    (another_file, r"faces.tar \(9 bytes\) is neither a folder, a zip nor a parquet file"),
    (a_table_cut_short, r"list_attr_celeba.txt promises 40 pictures and lists 37: it is cut short"),
    (a_line_cut_short, r"list_attr_celeba.txt, line 42: \d columns where 7 are named: it is damaged"),
    (a_value_flipped, r"list_attr_celeba.csv, line \d+: Young is 'q', neither -1 nor 1"),
    (an_empty_table, r"list_attr_celeba.txt is empty: get the file anew"),
    (a_table_of_other_pictures, r"none of the 40 pictures in .* is named in its table"),
    (a_partition_cut_short, r"list_eval_partition.txt doesn't list 0000\d\d: it is cut short"),
    (a_parquet_cut_short, r"train-00000-of-00002.parquet is not a whole parquet file"),
    (two_pictures_of_one_name, r"labels.csv speaks of .*, and there are 2 of that name: a/.*, b/"),
]


@pytest.mark.parametrize(("write", "said"), TROUBLES, ids=lambda value: getattr(value, "__name__", ""))
def test_trouble_is_one_sentence(write: Callable[[Path], Path], said: str, tmp_path: Path) -> None:
    path = write(tmp_path / "data")
    with pytest.raises(UserError, match=said) as raised:
        load(path, size=8, jobs=1)
    assert "\n" not in str(raised.value)


def large(root: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """An official folder with more pictures, so that one of them is less than 1%."""
    monkeypatch.setattr(layouts, "COUNT", count)
    monkeypatch.setattr(layouts, "SPLIT", np.zeros(count, np.uint8))
    monkeypatch.setattr(layouts, "colour", lambda i: (i, 255 - i, 40))
    monkeypatch.setattr(layouts, "attributes", lambda: np.ones((count, len(layouts.NAMES)), bool))
    layouts.drive(root)


@pytest.mark.parametrize("bad", [1, 2])
def test_a_flipped_bit_is_found_and_more_than_one_percent_stops(
    bad: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The picture decodes all the same: only the zip's checksum knows."""
    root = tmp_path / "data"
    large(root, monkeypatch, 150)
    path = root / "Img" / "img_align_celeba.zip"
    content = bytearray(path.read_bytes())
    for i in range(bad):
        content[content.index(layouts.encoded(i)) + 300] ^= 1
    path.write_bytes(content)
    if bad == 2:
        with pytest.raises(UserError, match=r"2 of 150 pictures can't be read so far, more than 1%: .*000001.jpg"):
            load(root, size=8, jobs=1)
        return
    faces = load(root, size=8, jobs=1)
    (prepared,) = (p for p in (tmp_path / "cache" / "prepared").iterdir() if p.is_dir())
    (entry,) = store.read_meta(prepared)["unread"]
    assert entry["file"] == "img_align_celeba/000001.jpg"
    assert "CRC" in entry["reason"]
    assert len(faces.of("train")) == 149
    assert faces.split[0] == store.UNREAD


@pytest.mark.parametrize("spoil", [lambda c: c[: len(c) // 2], lambda c: b"", lambda c: b"\0" * len(c)])
def test_a_damaged_picture_in_a_folder_is_left_out(
    spoil: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large(tmp_path / "data", monkeypatch, 120)
    layouts.pictures(tmp_path / "data" / "img_align_celeba")
    path = tmp_path / "data" / "img_align_celeba" / "000005.jpg"
    path.write_bytes(spoil(path.read_bytes()))
    faces = load(tmp_path / "data", size=8, jobs=1)
    assert faces.split[4] == store.UNREAD
    assert not faces.images[4].any()


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    root = layouts.official(tmp_path / "data")
    (root / "img_align_celeba" / layouts.name(3)).unlink()
    (root / "img_align_celeba" / "stray.jpg").write_bytes(layouts.encoded(0))
    notes = finding.find(root).notes
    assert any(re.fullmatch(r"1 pictures have no row in .*list_attr_celeba.txt and are left out", n) for n in notes)
    assert any(re.fullmatch(r"1 rows of .*list_attr_celeba.txt have no picture", n) for n in notes)
    assert any(re.fullmatch(r"the split is by .*list_eval_partition.txt", n) for n in notes)
