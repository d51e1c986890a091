"""The page of one clip as people use it, on real clips that needed no model."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.clip import charts, standing
from dashboards.clip.page import PARTS
from facelib.catalog.reader import Catalog
from facelib.collection.clip.standing import Standing
from facelib.collection.clip.timeline import Series
from facelib.collection.review import reviews
from facelib.store import layout
from facelib.store.objects import Store
from tests.support.export_items import collection

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(collection(tmp_path_factory.mktemp("published")).store.root)


@pytest.fixture
def root(published: Path, tmp_path: Path) -> Path:
    shutil.copytree(published, tmp_path / "store")
    return tmp_path / "store"


@pytest.fixture
def open_page(root: Path, open_alone: Open) -> Open:
    return partial(open_alone, "clip", str(root))


def clip_of(root: Path, name: str) -> dict[str, Any]:
    with Catalog(Store(root)) as catalog:
        rows = catalog.rows("SELECT clip_id FROM clips WHERE contains(video_id, ?) ORDER BY clip_id", [name])
        return catalog.clips([rows[0]["clip_id"]])[rows[0]["clip_id"]]


def sentences(page: AppTest) -> str:
    assert not page.exception
    boxes = [*page.error, *page.warning, *page.info, *page.caption]
    return " ".join(box.value for box in boxes).replace("\\", "")


def html(page: AppTest) -> str:
    return " ".join(element.proto.body for element in page.get("html"))


def links(page: AppTest) -> dict[str, str]:
    return {element.proto.label: element.proto.url for element in page.get("link_button")}


def sent(page: AppTest) -> dict[str, Any]:
    """What the player was given."""
    (player,) = page.get("bidi_component")
    data: dict[str, Any] = json.loads(player.proto.json)
    return data


@pytest.mark.parametrize("clip_id", ["", "gone.000000.0.00000000"])
def test_without_a_clip_the_page_says_what_to_do(open_page: Open, clip_id: str) -> None:
    page = open_page(**({"id": clip_id} if clip_id else {}))
    said = "was replaced, or taken down" if clip_id else "Choose a clip"
    assert said in sentences(page)
    assert links(page) == {"To the search": "./"}


@pytest.mark.parametrize("part", list(PARTS))
@pytest.mark.parametrize("name", ["anna_first", "ben_silent"])
def test_each_part_is_drawn_whatever_was_measured(open_page: Open, root: Path, name: str, part: str) -> None:
    page = open_page(id=clip_of(root, name)["clip_id"], part=part)
    said = sentences(page)
    assert "no words for" not in said
    assert [header.value for header in page.header] == ["About", "Rules", PARTS[part][0]]
    assert page.query_params["id"] == clip_of(root, name)["clip_id"]


def test_the_player_gets_addresses_and_the_overlay_on_demand(open_page: Open, root: Path) -> None:
    clip = clip_of(root, "anna_first")
    data = sent(open_page(id=clip["clip_id"]))
    assert data["src"] == f"https://media.example/{clip['media_key']}"
    assert not data.get("boxes")
    assert (data["frames"], data["stride"]) == (48, 1)
    data = sent(open_page(id=clip["clip_id"], box="yes", marks="yes"))
    # 4 and 136 numbers of 2 bytes for each frame, 4 letters for 3 bytes.
    assert len(data["boxes"]) == 48 * 4 * 2 * 4 // 3
    assert len(data["points"]) == 48 * 136 * 2 * 4 // 3


def test_the_source_that_is_kept_plays_from_the_second_of_the_clip(open_page: Open, root: Path) -> None:
    clip = clip_of(root, "anna_first")
    page = open_page(id=clip["clip_id"])
    assert "<video" not in html(page)
    page.toggle(key="source").set_value(True).run()
    address = f"https://media.example/source/{clip['video_id']}#t={clip['start_s']:.2f}"
    assert f'src="{address}"' in html(page)
    assert page.query_params["source"] == "yes"
    (root / layout.revision(clip["video_id"], 1)).unlink()
    assert "source" not in [toggle.key for toggle in open_page(id=clip["clip_id"], source="yes").toggle]


def test_a_missing_file_is_a_sentence(open_page: Open, root: Path) -> None:
    clip = clip_of(root, "anna_first")
    for suffix in (".mp4", ".wav"):
        (root / clip["media_key"]).with_suffix(suffix).unlink()
    page = open_page(id=clip["clip_id"])
    assert "The file of this clip is not in the store" in sentences(page)
    assert "sound is not in the store" in sentences(page)
    assert not page.get("bidi_component")


def test_what_was_not_measured_has_a_sentence(open_page: Open, root: Path) -> None:
    said = sentences(open_page(id=clip_of(root, "ben_silent")["clip_id"]))
    assert "This clip has no sound." in said
    assert "There is no sync curve" in said
    assert "measured nothing" in said or "not computed" in said or "has no result" in said


def test_other_clips_are_the_nearest_and_lead_to_their_page(open_page: Open, root: Path) -> None:
    page = open_page(id=clip_of(root, "anna_first")["clip_id"], part="others")
    found = re.findall(r'href="clip\?id=([^"]+)"', html(page))
    assert found[0] == clip_of(root, "anna_second")["clip_id"]
    assert clip_of(root, "anna_first")["clip_id"] not in found


def test_decisions_are_seen_at_once(open_page: Open, root: Path) -> None:
    clip = clip_of(root, "anna_first")
    assert "Nobody has decided" in sentences(open_page(id=clip["clip_id"], part="decisions"))
    with Catalog(Store(root)) as catalog:
        reviews.judge(Store(root), catalog, clip["clip_id"], "drop", "ben", reason="<b>blurred")
    page = open_page(id=clip["clip_id"], part="decisions")
    assert "drop · reason: &lt;b&gt;blurred" in html(page)
    assert "waits" in html(page)


def test_judging_is_offered_to_reviewers_only(open_page: Open, root: Path) -> None:
    clip_id = clip_of(root, "anna_first")["clip_id"]
    assert "Judge this clip" in links(open_page(id=clip_id))
    assert "Judge this clip" not in links(open_page(rights=("view",), id=clip_id))


@pytest.mark.parametrize(
    ("low", "high", "width", "said"),
    [(0.0, 9.0, "62.5%", "more than 62% of 4 clips · 0 to 9 px<"), (3.0, 3.0, "0.0%", "the same in all 4 clips<")],
)
def test_a_bar_says_where_a_value_stands(low: float, high: float, width: str, said: str) -> None:
    one = Standing("iqa.face_side", "mean side, px", "px", 3.0, low, high, below=2, equal=1, known=4)
    drawn = standing.bars([one])
    assert f'style="width:{width}"' in drawn
    assert said in drawn
    assert "3 px" in drawn


@pytest.mark.parametrize(("offset", "side"), [(0.28, "right"), (-0.28, "left"), (0.0, "left")])
def test_the_offset_is_written_on_the_side_that_has_room(
    monkeypatch: pytest.MonkeyPatch, offset: float, side: str
) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(charts, "_show", lambda layers, *_: drawn.extend(layers))
    curve = Series("mouth_correlation", "-1..1", np.array([-0.6, 0.0, 0.6]), np.array([0, 1, 0], np.float32))
    charts.shifts(curve, {"mouth_correlation": offset}, "said", title="correlation")
    marks = [layer["mark"] for layer in drawn]
    assert [mark["align"] for mark in marks if mark["type"] == "text"] == [side]
