"""VoxCeleb's text files: what is read, and what is wrong with them."""

from pathlib import Path

import pytest

from facelib.errors import SourceError
from facelib.sources.kinds import open_source
from facelib.sources.voxceleb import VoxCelebSource, voxceleb_files
from facelib.sources.voxceleb_file import Units, read_voxceleb
from facelib.sources.ytdlp import DownloadSettings
from tests.support.hdtf_files import vox_rows, vox_text, write_vox

NAME = "id10001/abcdefghijk/00003.txt"
PIXELS = vox_rows(100, 5, (223, 80, 130, 130), fractions=False)
FRACTIONS = vox_rows(349, 5, (0.319, 0.067, 0.424, 0.753), fractions=True)


@pytest.mark.parametrize(
    ("rows", "fractions", "box", "first"),
    [(PIXELS, False, [223, 80, 130, 130], 100), (FRACTIONS, True, [0.319, 0.067, 0.424, 0.753], 349)],
)
def test_both_editions_are_read(rows: list[str], fractions: bool, box: list[float], first: int, tmp_path: Path) -> None:
    clip, faults = read_voxceleb(write_vox(tmp_path, NAME, vox_text(rows)), tmp_path)
    assert clip is not None and not faults
    assert (clip.identity, clip.reference, clip.number, clip.file) == ("id10001", "abcdefghijk", "00003", NAME)
    assert (clip.offset, clip.face_confidence, clip.speaker_confidence) == (-1, 20.23, 2.765)
    assert clip.fractions is fractions and clip.frames.tolist() == list(range(first, first + 5))
    assert clip.boxes.tolist() == [box] * 5


@pytest.mark.parametrize(("units", "fractions"), [("pixels", False), ("fractions", True), ("auto", True)])
def test_the_unit_can_be_said(units: Units, fractions: bool, tmp_path: Path) -> None:
    clip, faults = read_voxceleb(write_vox(tmp_path, NAME, vox_text(FRACTIONS)), tmp_path, units)
    assert clip is not None and clip.fractions is fractions and not faults


@pytest.mark.parametrize(
    ("line", "reason", "kept"),
    [
        ("000105 1 2 3", "unreadable_row", 5),
        ("000105 1 2 3 4 5", "unreadable_row", 5),
        ("000105 a b c d", "unreadable_row", 5),
        ("000105 nan 1 30 30", "unreadable_row", 5),
        ("1.5 1 1 30 30", "unreadable_row", 5),
        ("what is this", "unreadable_row", 5),
        ("000105 1 1 0 30", "empty_box", 5),
        ("000105 1 1 30 -30", "empty_box", 5),
        ("000104 1 1 30 30", "frame_order", 5),
        ("000105 0.1 0.1 0.5 0.5", "mixed_units", 5),
        ("000110 1 1 30 30", "frame_gap", 6),
        ("000355 1 1 30 30", "frame_gap", 6),
        ("000356 1 1 30 30", "frame_gap", 5),
        ("999999999 1 1 30 30", "frame_gap", 5),
    ],
)
def test_a_bad_row_is_reported_with_its_line(line: str, reason: str, kept: int, tmp_path: Path) -> None:
    path = write_vox(tmp_path, NAME, vox_text([*PIXELS, line]))
    clip, (fault,) = read_voxceleb(path, tmp_path)
    assert clip is not None and len(clip.frames) == kept
    assert (fault.file, fault.line, fault.reason, fault.text) == (NAME, 13, reason, line)
    assert fault.why and fault.action


@pytest.mark.parametrize(
    ("identity", "reference", "reasons", "read"),
    [
        ("", "", ["bad_identity", "bad_reference"], ("id10001", "abcdefghijk")),
        ("../x", "not/an/id", ["bad_identity", "bad_reference"], ("id10001", "abcdefghijk")),
        ("id2", "short", ["bad_reference"], ("id2", "abcdefghijk")),
    ],
)
def test_what_the_header_lacks_comes_from_the_folders(
    identity: str, reference: str, reasons: list[str], read: tuple[str, str], tmp_path: Path
) -> None:
    path = write_vox(tmp_path, NAME, vox_text(PIXELS, identity=identity, reference=reference))
    clip, faults = read_voxceleb(path, tmp_path)
    assert clip is not None and (clip.identity, clip.reference) == read
    assert [fault.reason for fault in faults] == reasons


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("readme.txt", "Please cite us.\n", "not_voxceleb"),
        ("empty.txt", "", "not_voxceleb"),
        (NAME, vox_text([]), "no_frames"),
        ("flat/1.txt", vox_text(PIXELS, reference="short"), "bad_reference"),
    ],
)
def test_a_file_without_a_clip_is_reported(name: str, text: str, reason: str, tmp_path: Path) -> None:
    clip, faults = read_voxceleb(write_vox(tmp_path, name, text), tmp_path)
    assert clip is None and reason in [fault.reason for fault in faults]


def test_bytes_that_are_no_text_do_not_stop_it(tmp_path: Path) -> None:
    path = write_vox(tmp_path, NAME, "")
    path.write_bytes(b"\xef\xbb\xbf" + vox_text(PIXELS).replace("\n", "\r\n").encode() + b"\xff\xfe\x00\n")
    clip, faults = read_voxceleb(path, tmp_path)
    assert clip is not None and len(clip.frames) == 5 and [fault.reason for fault in faults] == ["unreadable_row"]


def test_the_channel_has_each_reference_once(tmp_path: Path) -> None:
    for person, reference, number in (("id1", "abcdefghijk", 1), ("id1", "abcdefghijk", 2), ("id2", "abcdefghijk", 1)):
        write_vox(tmp_path, f"{person}/{reference}/{number:05d}.txt", vox_text(PIXELS, identity=person))
    write_vox(tmp_path, "id2/ABCDEFGHIJK/00001.txt", vox_text(PIXELS, identity="id2", reference="ABCDEFGHIJK"))
    write_vox(tmp_path, "notes.txt", "nothing")
    source = VoxCelebSource(tmp_path, DownloadSettings())
    listed = list(source.list_uploads())
    assert [upload.key for upload in listed] == ["abcdefghijk", "ABCDEFGHIJK"]
    assert [upload.extra for upload in listed] == [{"identity": "id1 id2"}, {"identity": "id2"}]
    assert listed[0].url.endswith("watch?v=abcdefghijk") and source.url == f"voxceleb:{tmp_path.resolve()}"
    assert [fault.file for fault in source.bad_lines] == ["notes.txt"]
    assert open_source(source.url, DownloadSettings()).channel_id == source.channel_id


def test_a_folder_without_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=tmp_path.name) as caught:
        voxceleb_files(tmp_path)
    assert caught.value.reason == "not_voxceleb"
