"""A small CelebA of one's own, written in each layout that people have it in.

The i-th picture is one flat colour that says i, and its attributes are the bits of i: a wrong join shows.
"""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

COUNT = 40
NAMES = ("Bald", "Eyeglasses", "Male", "No_Beard", "Smiling", "Young")
SPLIT = np.array([0] * 30 + [1] * 4 + [2] * 6, np.uint8)


def attributes() -> np.ndarray:
    """(COUNT, 6) bool: bit j of i."""
    return (np.arange(COUNT)[:, None] >> np.arange(len(NAMES)) & 1).astype(bool)


def colour(i: int) -> tuple[int, int, int]:
    return 6 * i, 240 - 6 * i, 40 + 4 * i


def encoded(i: int, size: tuple[int, int] = (178, 218), form: str = "JPEG") -> bytes:
    """A picture of colour(i) with a black frame outside CelebA's centre square."""
    picture = Image.new("RGB", size, "black")
    left, top = (size[0] - 148) // 2, (size[1] - 148) // 2
    picture.paste(colour(i), (left, top, left + 148, top + 148))
    file = io.BytesIO()
    picture.save(file, form, **({"quality": 100, "subsampling": 0} if form == "JPEG" else {}))
    return file.getvalue()


def name(i: int, suffix: str = "jpg") -> str:
    return f"{i + 1:06d}.{suffix}"


def rows() -> list[int]:
    """The tables are shuffled: order must not matter."""
    return np.random.default_rng(0).permutation(COUNT).tolist()


def attr_txt(count: bool = True, trailing: bool = False) -> str:
    lines = [str(COUNT)] if count else []
    lines.append(" ".join(NAMES) + (" " if trailing else ""))
    for i in rows():
        values = "".join(f"{1 if bit else -1:3d}" for bit in attributes()[i])
        lines.append(f"{name(i)} {values}" + (" " if trailing else ""))
    return "\n".join(lines) + "\n"


def attr_csv(values: tuple[str, str] = ("-1", "1"), key: str = "image_id", folder: str = "") -> str:
    lines = [",".join((key, *NAMES))]
    lines += [",".join((folder + name(i), *(values[int(bit)] for bit in attributes()[i]))) for i in rows()]
    return "\n".join(lines) + "\n"


def partition(mark: str = " ", head: str = "") -> str:
    return head + "".join(f"{name(i)}{mark}{SPLIT[i]}\n" for i in rows())


def pictures(folder: Path, suffix: str = "jpg", form: str = "JPEG") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(COUNT):
        (folder / name(i, suffix)).write_bytes(encoded(i, form=form))


def pack(path: Path, inside: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for inner, content in inside.items():
            archive.writestr(inner, content)


def zipped(prefix: str = "img_align_celeba/") -> dict[str, bytes]:
    """What a zip made on a Mac holds: the pictures, and litter with names like pictures'."""
    inside = {f"{prefix}{name(i)}": encoded(i) for i in range(COUNT)}
    return inside | {f"__MACOSX/{prefix}._{name(0)}": b"litter", f"{prefix}.DS_Store": b"litter"}


def official(root: Path) -> Path:
    pictures(root / "img_align_celeba")
    (root / "img_align_celeba" / ".DS_Store").write_bytes(b"litter")
    (root / "img_align_celeba" / "._000001.jpg").write_bytes(b"litter")
    (root / "list_attr_celeba.txt").write_text(attr_txt())
    (root / "list_eval_partition.txt").write_text(partition())
    (root / "identity_CelebA.txt").write_text("".join(f"{name(i)} {i}\n" for i in range(COUNT)))
    return root


def without_count(root: Path) -> Path:
    official(root)
    (root / "list_attr_celeba.txt").write_text(attr_txt(count=False, trailing=True))
    return root


def drive(root: Path) -> Path:
    """As on Google Drive: Anno, Eval, Img, the zip unopened."""
    for folder in ("Anno", "Eval"):
        (root / folder).mkdir(parents=True)
    pack(root / "Img" / "img_align_celeba.zip", zipped())
    (root / "Anno" / "list_attr_celeba.txt").write_text(attr_txt())
    (root / "Eval" / "list_eval_partition.txt").write_text(partition())
    return root


def drive_zip(root: Path) -> Path:
    """The zip itself is named, the tables lie in folders beside it."""
    return drive(root) / "Img" / "img_align_celeba.zip"


def torchvision(root: Path) -> Path:
    official(root / "celeba")
    return root


def kaggle(root: Path) -> Path:
    pictures(root / "img_align_celeba" / "img_align_celeba")
    (root / "list_attr_celeba.csv").write_text(attr_csv())
    (root / "list_eval_partition.csv").write_text(partition(",", "image_id,partition\n"))
    (root / "list_bbox_celeba.csv").write_text("image_id,x_1,y_1\n" + "".join(f"{name(i)},1,1\n" for i in range(COUNT)))
    return root


def kaggle_zip(root: Path) -> Path:
    tables = {
        "list_attr_celeba.csv": attr_csv().encode(),
        "list_eval_partition.csv": partition(",", "image_id,partition\n").encode(),
    }
    pack(root / "archive.zip", zipped("img_align_celeba/img_align_celeba/") | tables)
    return root / "archive.zip"


def pngs(root: Path) -> Path:
    """A copy as .png with the official table, which says .jpg."""
    official(root)
    for file in (root / "img_align_celeba").glob("*.jpg"):
        file.unlink()
    pictures(root / "img_align_celeba", "png", "PNG")
    return root


def _parquet(root: Path, columns: Callable[[list[int]], dict[str, object]]) -> Path:
    import pyarrow as pa
    from pyarrow import parquet

    (root / "data").mkdir(parents=True)
    for number, part in enumerate(("train", "valid", "test")):
        of = np.flatnonzero(number == SPLIT).tolist()
        for shard, some in enumerate((of[: len(of) // 2], of[len(of) // 2 :])):
            table = pa.table({"image": [{"bytes": encoded(i), "path": name(i)} for i in some], **columns(some)})
            parquet.write_table(table, root / "data" / f"{part}-{shard:05d}-of-00002.parquet", row_group_size=4)
    return root


def parquet_bool(root: Path) -> Path:
    bits = attributes()
    return _parquet(root, lambda some: {"celeb_id": some} | {n: bits[some, j].tolist() for j, n in enumerate(NAMES)})


def parquet_int(root: Path) -> Path:
    bits = np.where(attributes(), 1, -1)
    return _parquet(root, lambda some: {n: bits[some, j].tolist() for j, n in enumerate(NAMES)} | {"label": some})


def parquet_struct(root: Path) -> Path:
    """Strings in one nested column."""
    bits = np.where(attributes(), "1", "-1")
    nested = [dict(zip(NAMES, row, strict=True)) for row in bits.tolist()]
    return _parquet(root, lambda some: {"attributes": [nested[i] for i in some]})


def any_folder(root: Path) -> Path:
    """Not CelebA: pictures in subfolders, a .csv with a text column and an unknown attribute."""
    for i in range(COUNT):
        folder = root / ("even" if i % 2 == 0 else "odd")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"face {i}.png").write_bytes(encoded(i, form="PNG"))
    lines = ["title;filename;" + ";".join(NAMES)]
    for i in rows():
        bits = ";".join(str(bool(bit)) for bit in attributes()[i])
        lines.append(f"{json.dumps(f'number {i}')};{'even' if i % 2 == 0 else 'odd'}/face {i}.png;{bits}")
    (root / "labels.csv").write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    return root


# Each writes a data set below a folder and returns the path to give to hw3.
WITH_SPLIT = (
    official,
    without_count,
    drive,
    drive_zip,
    torchvision,
    kaggle,
    kaggle_zip,
    pngs,
    parquet_bool,
    parquet_int,
    parquet_struct,
)
