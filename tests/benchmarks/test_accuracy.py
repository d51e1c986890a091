"""docs/accuracy.md has every section, and says of every model that it was measured or that it was not."""

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy import cuts, sync
from benchmarks.accuracy.pairs import pairs
from benchmarks.accuracy.section import ABSENT
from benchmarks.accuracy.truth import face_of, voice_of
from facelib.models import detector, identity, landmark
from facelib.models.registry import ENTRIES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "accuracy.md"
SECTIONS: dict[str, tuple[str, ...]] = {
    "Cuts": tuple(cuts.WEIGHTS),
    "Tracks, clips and people": (),
    "Face detectors": tuple(detector.KINDS),
    "Landmarks": tuple(landmark.WEIGHTS),
    "Who speaks": ("light_asd",),
    "Offset of the sound": (*sync.METHODS, "syncnet_v2"),
    "In sync or not": ("light_asd",),
    "Face models": tuple(identity.KINDS),
    "Voice models": tuple(name for name, entry in ENTRIES.items() if entry.task == "voice"),
}
TABLE = re.compile(r"^\|.*$", re.MULTILINE)


@pytest.fixture(scope="module")
def sections() -> dict[str, str]:
    """The sections of the page by heading."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_page_begins_with_its_command_and_has_every_section(sections: dict[str, str]) -> None:
    assert "python -m benchmarks.accuracy" in PAGE.read_text(encoding="utf-8")[:400]
    assert list(sections) == list(SECTIONS), "run `python -m benchmarks.accuracy`"


@pytest.mark.parametrize(("heading", "models"), SECTIONS.items(), ids=SECTIONS)
def test_every_model_of_a_section_is_in_its_table_or_named_as_not_measured(
    sections: dict[str, str], heading: str, models: tuple[str, ...]
) -> None:
    body = sections[heading]
    measured = "\n".join(TABLE.findall(body)) + body.split("\n|", 1)[0]
    for model in models:
        here = f"`{model}`" in measured, f"- `{model}`: {ABSENT}." in body
        assert any(here), f"{heading} does not name {model}: run `python -m benchmarks.accuracy`"


@pytest.mark.parametrize("heading", [name for name in SECTIONS if name != "Landmarks"])
def test_misses_are_named_and_n_is_given(sections: dict[str, str], heading: str) -> None:
    assert "Missed: " in sections[heading]
    assert re.search(r"n = \d|\d+ / \d+", sections[heading])


def test_there_is_a_model_of_voices() -> None:
    assert SECTIONS["Voice models"]


def test_pairs_on_the_wrong_side_of_the_threshold_are_named() -> None:
    vectors = np.array([[0.0], [2.0], [0.5], [9.0]], np.float32)
    found = pairs(["ann", "ann", "bob", "bob"], vectors, 1.0, "l2")
    assert found.same.tolist() == [2.0, 8.5]
    assert sorted(found.different.tolist()) == [0.5, 1.5, 7.0, 9.0]
    assert found.misses == ["ann and ann (1)", "ann and bob (1)", "bob and bob (1)"]
    assert found.cells()[4] == "**2**" and found.cells()[-1] == "**1**"


@pytest.mark.parametrize(
    ("file", "start", "x", "face", "voice"),
    [
        ("talker_a_voice_of_b", 0, 100, "a", "b"),
        ("talker_a_silence", 0, 100, "a", None),
        ("talker_b_audio_early_3f", 0, 100, "b", "b"),
        ("two_talkers_voice_left", 0, 100, "a", "a"),
        ("two_talkers_voice_left", 0, 900, "b", "a"),
        ("scenes_cuts_at_125_325_525", 130, 100, "a", None),
        ("scenes_cuts_at_125_325_525", 530, 100, None, None),
        ("hamilton", 0, 100, None, None),
    ],
)
def test_whose_face_and_whose_voice_a_clip_has(file: str, start: int, x: int, face: str, voice: str | None) -> None:
    clip = {"file": file, "start_frame": start, "face_x1": x, "face_x2": x + 50, "video_width": 1024}
    assert (face_of(clip), voice_of(clip)) == (face, voice)
