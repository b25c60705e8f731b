"""The cartoon faces: what the labels say is what the pixels show."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hw3.errors import UserError
from hw3.vae.data import load
from hw3.vae.data.avatars import NAMES, Person, counterfactual, labels, parts, sample
from hw3.vae.data.avatars.drawing import draw
from hw3.vae.data.faces import Faces

TOPS = [(top, False) for group in (parts.LONG, parts.SHORT, parts.EITHER) for top in group]
TOPS += [(top, True) for top in parts.HATS]
# Every choice that is left out because the package draws something else than was asked, and what it leaves out.
TRAPS = {
    "STRAIGHT_2": "hair",
    "SHAVED_SIDES": "hair",
    "LONG_HAIR_CURLY": "beard",
    "LOOSE_HAIR": "beard",
    "CURLY_2": "beard",
    "ASTRONAUT": "beard",
    "HIJAB": "beard",
}


def plain(top: str, hat: bool) -> Person:
    """A face with nothing on it, in colours that occur nowhere else."""
    return replace(
        sample(0),
        top=top,
        hat=hat,
        hair_colour="#ff00ff",
        facial_hair="NONE",
        frame="NONE",
        mouth="SERIOUS",
        eyes="DEFAULT",
        brows="DEFAULT",
        skin="#EDB98A",
        background="#00ffff",
        box=(52.0, 26.0, 160.0),
    )


def changed(one: Person, **parts_of_other: str) -> int:
    """How many of the 64 x 64 pixels another part changes by more than 30 levels."""
    far = np.abs(draw(one).astype(int) - draw(replace(one, **parts_of_other)))  # type: ignore[arg-type]
    return int((far.max(-1) > 30).sum())


def hidden(top: str, hat: bool) -> set[str]:
    """Which parts aren't seen under this hair or hat though they are asked for; how many pixels each takes is known."""
    face = plain(top, hat)
    seen = {
        "beard": min(changed(face, facial_hair=beard) for beard in parts.BEARDS) >= 300,
        "moustache": min(changed(face, facial_hair=moustache) for moustache in parts.MOUSTACHES) >= 80,
        "glasses": min(changed(face, frame=frame) for frame in parts.FRAMES) >= 150,
        "smile": min(changed(face, mouth=mouth) for mouth in parts.SMILES) >= 15,
        "full brows": changed(face, brows="DEFAULT_NATURAL") >= 20,
        "arched brows": changed(face, brows="RAISED_EXCITED") >= 20,
        "narrow eyes": min(changed(face, eyes=eyes) for eyes in parts.NARROW) >= 40,
        "hair": changed(face, hair_colour="#00ff00") >= 50,
    }
    return {part for part, is_seen in seen.items() if not is_seen}


@pytest.mark.parametrize(("top", "hat"), TOPS)
def test_every_part_is_seen_under_every_hair(top: str, hat: bool) -> None:
    hair_is_labelled = not hat and top != "NONE"
    assert hidden(top, hat) == (set() if hair_is_labelled else {"hair"})


@pytest.mark.parametrize("top", TRAPS)
def test_the_audit_finds_the_traps_of_the_package(top: str) -> None:
    hat = top == "HIJAB"
    assert TRAPS[top] in hidden(top, hat)
    assert top not in {t for t, _ in TOPS}


def test_mouths_of_two_labels_differ() -> None:
    faces = [replace(plain("NONE", False), mouth=mouth) for mouth in (*parts.SMILES, *parts.OTHER_MOUTHS)]
    for one in faces:
        for other in faces:
            if labels(one).tolist() != labels(other).tolist():
                assert changed(one, mouth=other.mouth) >= 12, (one.mouth, other.mouth)


def test_bangs_go_right_across_the_forehead() -> None:
    for top, hat in TOPS:
        row = draw(plain(top, hat))[18, 20:44].astype(int)  # above the brows
        covered = (np.abs(row - [255, 0, 255]).sum(-1) < 90).mean()
        assert (covered > 0.9) == (top in parts.BANGS), (top, covered)


def test_hair_stands_out_from_skin() -> None:
    """So that a beard, which has the hair's colour, changes the picture whatever the skin."""
    for index in range(60):
        person = replace(sample(index), facial_hair="NONE")
        far = np.abs(draw(person).astype(int) - draw(replace(person, facial_hair="BEARD_LIGHT")))
        assert (far.max(-1) > 20).sum() >= 150, person


def test_an_index_is_a_person_on_every_machine_and_in_every_process() -> None:
    program = "from hw3.vae.data.avatars import sample; print([sample(i) for i in range(50)])"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert other.strip() == repr([sample(i) for i in range(50)])
    assert len({sample(i) for i in range(500)}) == 500


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [sample(i) for i in range(5000)]


def test_labels_are_as_frequent_as_they_should_be_and_none_tells_another(people: list[Person]) -> None:
    shown = np.stack([labels(person) for person in people])
    share = dict(zip(NAMES, shown.mean(0), strict=True))
    assert list(NAMES) == sorted(NAMES)
    for name, low, high in [("Male", 0.43, 0.47), ("No_Beard", 0.77, 0.83), ("Smiling", 0.48, 0.54)]:
        assert low < share[name] < high
    assert min(share.values()) > 0.015
    together = np.corrcoef(shown.T) - np.eye(len(NAMES))
    assert np.abs(together).max() < 0.9  # a moustache and a beard: .85
    assert -0.6 < together[NAMES.index("No_Beard"), NAMES.index("Male")] < -0.4
    assert 0.3 < together[NAMES.index("Smiling"), NAMES.index("Mouth_Slightly_Open")] < 0.5
    for name in ("Male", "Smiling", "Mouth_Slightly_Open", "Eyeglasses"):  # each occurs with and without each other
        j = NAMES.index(name)
        for k in range(len(NAMES)):
            if k != j:
                assert len({(bool(a), bool(b)) for a, b in shown[:, [j, k]]}) == 4, (name, NAMES[k])


@pytest.mark.parametrize(
    ("attribute", "free"),
    [
        ("Beard", {"No_Beard", "Mustache"}),
        ("Smiling", {"Smiling", "Mouth_Slightly_Open"}),
        ("Eyeglasses", {"Eyeglasses"}),
    ],
)
@pytest.mark.parametrize("present", [True, False])
def test_a_counterfactual_changes_one_part_of_the_same_person(attribute: str, free: set[str], present: bool) -> None:
    for index in range(60):
        person = sample(index)
        other = counterfactual(person, attribute, present, seed=index)
        differ = {name for name, a, b in zip(NAMES, labels(person), labels(other), strict=True) if a != b}
        has = labels(other)[NAMES.index("No_Beard" if attribute == "Beard" else attribute)] != (attribute == "Beard")
        assert has == present
        assert differ <= free
        fields = [f for f in person.__dataclass_fields__ if getattr(person, f) != getattr(other, f)]
        assert len(fields) <= 1
        if differ & {"No_Beard", "Smiling", "Eyeglasses"}:
            assert changed(person, **{fields[0]: getattr(other, fields[0])}) > 0


def test_no_counterfactual_of_what_is_no_part() -> None:
    with pytest.raises(UserError, match="no counterfactual of 'Young' is drawn"):
        counterfactual(sample(0), "Young", True)


def small(size: int = 16, jobs: int = 1, counts: tuple[int, int, int] = (40, 8, 8), channels: int = 3) -> Faces:
    return load(size=size, jobs=jobs, counts=counts, channels=channels)


def test_the_faces_are_the_people_that_they_say() -> None:
    faces = small(size=32)
    assert [len(faces.of(split)) for split in ("train", "validation", "test")] == [40, 8, 8]
    assert faces.people is not None
    assert faces.names == NAMES
    for row in (0, 39, 40, 55):
        person = sample(int(faces.people[row]))
        np.testing.assert_array_equal(faces.images[row], draw(person, 32))
        np.testing.assert_array_equal(faces.attributes[row], labels(person))
    np.testing.assert_array_equal(faces.shows("beard"), ~faces.shows("No_Beard"))


def test_more_for_training_leaves_the_test_set_as_it_is() -> None:
    one, other = small(), small(counts=(44, 8, 8))
    np.testing.assert_array_equal(one.images[one.of("test")], other.images[other.of("test")])


def test_grey_is_the_luma_of_colour() -> None:
    colour, grey = small().images.astype(float), small(channels=1).images[..., 0]
    assert np.abs(colour @ [0.299, 0.587, 0.114] - grey).max() <= 1


def test_the_cache_knows_what_drew_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small()
    (folder,) = (p for p in (tmp_path / "cache" / "avatars").iterdir() if p.is_dir())
    stamp = (folder / "images.npy").stat().st_mtime_ns
    small()
    assert (folder / "images.npy").stat().st_mtime_ns == stamp
    monkeypatch.setattr("hw3.vae.data.avatars.drawing.versions", lambda: ("1.4.2", "0.5.0", 1))
    assert "python-avatars 1.4.2" in small().source
    assert len([p for p in (tmp_path / "cache" / "avatars").iterdir() if p.is_dir()]) == 2


def test_names_are_found_however_they_are_written() -> None:
    faces = small()
    assert faces.column("mouth slightly open") == faces.names.index("Mouth_Slightly_Open")
    with pytest.raises(UserError, match="no attribute 'Moustache': it has Arched_Eyebrows, Bald"):
        faces.column("Moustache")


def test_another_size_of_a_prepared_folder_is_refused(tmp_path: Path) -> None:
    small()
    (folder,) = (p for p in (tmp_path / "cache" / "avatars").iterdir() if p.is_dir())
    refused: list[tuple[Callable[[], Faces], str]] = [
        (lambda: load(folder, size=32), "pictures of 16 x 16 and 32 x 32 are wanted: give --image-size 16"),
        (lambda: load(folder, size=16, channels=1), "pictures with 3 channels and 1 are wanted: give --channels 3"),
    ]
    for attempt, said in refused:
        with pytest.raises(UserError, match=said):
            attempt()
