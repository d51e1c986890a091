from datetime import UTC, datetime

import pytest

from facelib.store import commits, layout
from facelib.store.commits import CommitName
from facelib.store.objects import Store


def _name(minute: int, generation: int, video_id: str = "file_a_b-0123456789") -> CommitName:
    moment = datetime(2026, 1, 5, 0, minute, tzinfo=UTC)
    return CommitName.parse(layout.commit("2026-01-05", moment, generation, video_id))


def test_a_name_tells_all() -> None:
    name = _name(3, 12)
    assert (name.video_id, name.generation, name.time.minute) == ("file_a_b-0123456789", 12, 3)
    assert name.settled == ""


def test_a_settled_commit_names_its_pipeline(store: Store) -> None:
    name = commits.write(store, video_id="file_a-0123456789", generation=2, head={}, tables={}, settled="0123abcdef")
    assert CommitName.parse(name.key) == name
    assert (name.video_id, name.generation, name.settled) == ("file_a-0123456789", 2, "0123abcdef")
    assert commits.current_of(store, {"file_a-0123456789"}) == {"file_a-0123456789": name}
    assert commits.current_of(store, {"file_b-0123456789"}) == {}


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        pytest.param(_name(1, 1), _name(2, 1), id="later commit of the same generation"),
        pytest.param(_name(9, 1), _name(2, 2), id="an old backfill that ends late does not win"),
    ],
)
def test_current(older: CommitName, newer: CommitName) -> None:
    for order in ([older, newer], [newer, older]):
        assert commits.current(order) == {newer.video_id: newer}


def test_write_and_read(store: Store) -> None:
    name = commits.write(store, video_id="v", generation=2, head={"stages": {}}, tables={})
    assert commits.all_names(store) == [name]
    assert commits.all_names(store, known={name.key}) == []
    assert commits.read(store, name).head["generation"] == 2
