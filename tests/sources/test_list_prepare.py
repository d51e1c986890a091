"""Lists made ready for work."""

import csv
from pathlib import Path
from typing import Any

import pytest

from facelib.errors import SourceError
from facelib.sources.list_file import ListSource
from facelib.sources.list_prepare import Prepared, prepare
from facelib.sources.ytdlp import DownloadSettings

SETTINGS = DownloadSettings()
IDS = [f"video{n:06d}" for n in range(12)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "my list.csv"
    rows = "".join(f'{name},"talk {n}, part 1",{n}\n' for n, name in enumerate(IDS))
    path.write_text(f"video_id,title,n\n{rows}{IDS[3]},again,99\nnothing,x,100\n")
    return path


def run(path: Path, **options: Any) -> Prepared:
    return prepare(path, path.parent / "out", SETTINGS, **options)


def ids(made: Prepared) -> list[list[str]]:
    return [[row["video_id"] for row in csv.DictReader(file.open(encoding="utf-8"))] for file in made.files]


def test_each_upload_once_by_its_first_row(path: Path) -> None:
    made = run(path, split=5)
    assert [file.name for file in made.files] == [f"my list-0000{n}.csv" for n in (1, 2, 3)]
    assert ids(made) == [IDS[:5], IDS[5:10], IDS[10:]]
    assert [(bad.line, bad.reason) for bad in made.bad_lines] == [(14, "duplicate"), (15, "not_an_item")]
    assert (made.listed, made.excluded, made.kept) == (12, 0, 12)
    (first, *_) = csv.DictReader(made.files[0].open(encoding="utf-8"))
    url = f"https://www.youtube.com/watch?v={IDS[0]}"
    assert first == {"video_id": IDS[0], "url": url, "title": "talk 0, part 1", "n": "0"}
    assert sorted(each.name for each in made.files[0].parent.iterdir()) == [file.name for file in made.files]


def test_what_is_written_is_a_list_again(path: Path, tmp_path: Path) -> None:
    (tmp_path / "a talk, #1.mp4").write_bytes(b"x")
    path.write_text(f'url,who\na talk, #1.mp4\n"a talk, #1.mp4",Zoë\nhttps://vimeo.com/1,Ann\nyoutu.be/{IDS[0]},Bo\n')
    before = list(ListSource(path, SETTINGS).list_uploads())
    made = run(path)
    after = list(ListSource(made.files[0], SETTINGS).list_uploads())
    assert [u.video_id for u in after] == [u.video_id for u in before] and len(after) == 3
    assert [u.extra["who"] for u in after] == ["Zoë", "Ann", "Bo"]
    assert [u.extra["video_id"] for u in after] == ["", "", IDS[0]]


def test_exclusions(path: Path, tmp_path: Path) -> None:
    done = tmp_path / "done.txt"
    done.write_text(f"{IDS[0]}\nhttps://youtu.be/{IDS[5]}\nwhat is this\n")
    made = run(path, exclude=[done])
    assert made.excluded == 2 and not {IDS[0], IDS[5]} & set(ids(made)[0])
    assert [bad.line for bad in made.bad_exclusions[str(done)]] == [3]
    assert made.to_dict()["left_out"] == {"duplicate": 1, "not_an_item": 1}
    with pytest.raises(SourceError, match="nothing is left"):
        prepare(path, tmp_path / "none", SETTINGS, exclude=[path])
    assert not (tmp_path / "none").exists()


def test_an_order_depends_on_the_seed_alone(path: Path, tmp_path: Path) -> None:
    made = {seed: ids(prepare(path, tmp_path / f"{seed}", SETTINGS, shuffle=seed))[0] for seed in (1, 2)}
    assert made[1] != made[2] and sorted(made[1]) == sorted(made[2]) == IDS
    turned = tmp_path / "turned.txt"
    turned.write_text("\n".join(reversed(IDS)))
    assert ids(prepare(turned, tmp_path / "again", SETTINGS, shuffle=1))[0] == made[1]
    drawn = ids(prepare(path, tmp_path / "drawn", SETTINGS, shuffle=1, sample=4))[0]
    assert drawn == made[1][:4]
    kept = ids(prepare(path, tmp_path / "kept", SETTINGS, sample=4))[0]
    assert len(kept) == 4 and kept == sorted(kept)


def test_nothing_is_overwritten(path: Path) -> None:
    made = run(path, split=5)
    before = made.files[0].read_bytes()
    path.write_text(f"video_id\n{IDS[0]}\n")
    with pytest.raises(SourceError, match=r"my list-00001\.csv is there already") as caught:
        run(path)
    assert caught.value.reason == "list_exists" and made.files[0].read_bytes() == before
