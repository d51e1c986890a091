import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from facelib.cli.collection import told
from facelib.cli.output import bar, emit, guarded, rows
from facelib.publish import PublishReport

COLUMNS = {"name": "name", "value": "value"}


@pytest.mark.parametrize(
    "text", ["Talk [official]", "[/b] torn", "[tcp @ 0x1] refused", r"back\slash", "search:cat: 3"]
)
def test_titles_and_messages_are_shown_as_they_are(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows([{"name": text, "value": text}], COLUMNS, title=text, empty="")
    emit({"message": text}, False, title=text)
    assert capsys.readouterr().out.count(text) == 5
    progress = bar()
    progress.add_task(text, total=None)
    (shown,) = progress.make_tasks_table(progress.tasks).columns[0].cells
    assert str(shown) == text


def test_a_group_is_named_once_above_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    items = [{"name": name, "value": None, "part": part} for part, name in (("iqa", "a"), ("iqa", "b"), ("embed", "c"))]
    rows(items, COLUMNS, title="", empty="", group="part")
    cells = [line.strip("│ ").split("│")[0].strip() for line in capsys.readouterr().out.splitlines() if "│" in line]
    assert cells == ["iqa", "a", "b", "embed", "c"]


@pytest.mark.parametrize(("changed", "said"), [(True, "7"), (False, "7, as before: there was nothing new")])
def test_a_publish_tells_its_number_once_and_the_main_counts(changed: bool, said: str) -> None:
    report = PublishReport(7, changed, 2, {"clips": 5, "sound_words": 9})
    assert told(report) == {
        **{"publication": said, "videos_taken_in": 2, "channels": 0, "uploads": 0, "videos": 0, "clips": 5},
        **{"people": 0, "see": "facelib status"},
    }


def test_what_is_not_known_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"known": 0.0, "unknown": None, "nobody": []}, False, title="")
    shown = [line.split("│")[2].strip() for line in capsys.readouterr().out.splitlines() if "│" in line]
    assert shown == ["0", "–", "none"]


def of_a_file() -> None:
    Path("/dev/null/folder").mkdir()


def full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (of_a_file, "error: cannot use /dev/null/folder: Not a directory\n"),
        (full_disk, "error: No space left on device\n"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_sentence(
    command: Callable[[], None], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        guarded(command)
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert told.startswith(said) and "Traceback" not in told and told.count("\n") == 2


def test_a_fault_of_the_program_is_not_hidden() -> None:
    def fault() -> None:
        raise ConnectionResetError("nobody caught this")

    with pytest.raises(ConnectionResetError):
        guarded(fault)
