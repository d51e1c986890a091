"""What a form says as a condition, and what a selection holds."""

import pytest

from facelib.catalog.reader import Catalog
from facelib.errors import SettingsError
from facelib.export.choice import Choice, columns
from facelib.export.overview import BINS, overview, spreads
from facelib.publish import publish
from facelib.store.objects import Store
from tests.support.collections import commit_video, list_channel

VIDEOS = {"toy_a-0123456789": 3, "toy_b-0123456789": 1}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("choice"))
    list_channel(store, list(VIDEOS))
    for video_id, clips in VIDEOS.items():
        commit_video(store, video_id, clips=clips)
    publish(store)
    return store


@pytest.mark.parametrize(
    ("choice", "clips"),
    [
        pytest.param(Choice("Any"), 4, id="all"),
        pytest.param(Choice("Kept"), 4, id="the default rules keep all"),
        pytest.param(Choice("Dropped"), 0, id="none is dropped"),
        pytest.param(Choice("Any", persons=("person-000000000000",)), 0, id="nobody"),
        pytest.param(Choice("Any", channels=("channel_x",)), 4, id="channel"),
        pytest.param(Choice("Any", channels=("it's",)), 0, id="a quote is a letter"),
        pytest.param(Choice("Any", licences=("",)), 4, id="no licence told"),
        pytest.param(Choice("Any", ranges={"clips.face_side": (1, 9)}), 0, id="range"),
        pytest.param(Choice("Any", where="clips.start_frame = 0 -- first ones"), 2, id="own SQL with a comment"),
    ],
)
def test_a_choice_is_a_condition(store: Store, choice: Choice, clips: int) -> None:
    with Catalog(store) as catalog:
        assert overview(catalog, choice.sql()).clips == clips


def test_a_wrong_condition_is_a_sentence(store: Store) -> None:
    with Catalog(store) as catalog, pytest.raises(SettingsError, match="cannot be read"):
        overview(catalog, Choice(where="no_such_column > 1").sql())


def test_an_overview_counts(store: Store) -> None:
    with Catalog(store) as catalog:
        found = overview(catalog, "TRUE")
        assert (found.videos, found.channels, found.persons) == (2, 1, 0)
        assert [(one.name, one.clips) for one in found.licences] == [("", 4)]
        (spread,) = spreads(catalog, "TRUE", ["clips.face_side", "syncnet.confidence"])
        assert (spread.column, sum(spread.counts), len(spread.counts), spread.missing) == (
            "clips.face_side",
            4,
            BINS,
            0,
        )


def test_columns_say_their_unit() -> None:
    assert columns()["length"][1].endswith("s")
    assert "syncnet.confidence" in columns()
    assert "hashes.picture" not in columns()
