"""The search page as a person uses it, on a real published store."""

from __future__ import annotations

import json
import os
import re
import shutil
import urllib.request
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import picture_query
from facelib.errors import ModelError
from facelib.ingest import ingest
from facelib.publish import rebuild
from facelib.settings import Settings
from facelib.store.objects import Store
from tests.dashboards.conftest import CHANNELS, Collection, Open
from tests.support.tiny_open_clip import TINY, folder_of

pytestmark = pytest.mark.media


def cards(page: AppTest) -> list[str]:
    """The cards of the grid in the order of the page, without the clip that is searched for."""
    html = [element.proto.body for element in page.get("html")]
    found = [body for body in html if 'class="clip"' in body]
    return found[1:] if page.session_state["clip"] and found else found


def titles(page: AppTest) -> list[str]:
    return [re.findall(r'class="title" title="([^"]*)"', body)[0] for body in cards(page)]


def sentences(page: AppTest) -> str:
    assert not page.exception
    return " ".join(box.value for box in [*page.error, *page.warning, *page.info]).replace("\\", "")


def ask_by(page: AppTest, way: str) -> AppTest:
    page.session_state["way"] = way
    return page.run()


def upload(page: AppTest, name: str, content: bytes) -> AppTest:
    page.file_uploader[0].set_value((name, content, "image/jpeg"))
    return page.run()


def test_the_newest_clips_are_shown_at_first(open_page: Open, collection: Collection) -> None:
    page = open_page(collection.store)
    assert sentences(page) == ""
    assert sorted(titles(page)) == ["talker_a", "talker_a_no_audio", "talker_b"]
    assert page.query_params == {}
    assert "3 clips · 3 uploads · 2 channels" in page.caption[0].value


def test_media_is_played_by_url(open_page: Open, collection: Collection) -> None:
    page = open_page(collection.store)
    for card in cards(page):
        video, poster = re.findall(r'(?:src|poster)="([^"]*)"', card)
        with urllib.request.urlopen(urllib.request.Request(video, headers={"Range": "bytes=4-7"})) as answer:
            assert (answer.status, answer.read()) == (206, b"ftyp")
        with urllib.request.urlopen(poster) as answer:
            assert answer.read(2) == b"\xff\xd8"


def test_a_named_media_server_is_used(open_page: Open, collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_MEDIA_URL", "https://media.example/clips/")
    page = open_page(collection.store)
    key = collection.clips["talker_a"]["media_key"]
    assert any(f'src="https://media.example/clips/{key}"' in card for card in cards(page))


def test_more_like_this_finds_the_person_again(open_page: Open, collection: Collection) -> None:
    page = open_page(collection.store)
    clip = collection.clips["talker_a"]["clip_id"]
    page.button(key=f"more-{clip}").click().run()
    assert titles(page) == ["talker_a_no_audio", "talker_b"]
    same, other = cards(page)
    assert "same person</span>" in same
    assert "same person</span>" not in other
    assert re.search(r"0\.\d\d · same person below 0\.60", same)
    assert "· <span>3.0 s</span> ·" in same
    assert "no sound" in same
    assert "with sound" in other
    assert page.query_params == {"clip": clip}
    assert page.selectbox[0].value == clip


def test_a_search_can_be_shared_by_its_url(open_page: Open, collection: Collection) -> None:
    clip, channel = collection.clips["talker_a"]["clip_id"], collection.channels["studio"]
    page = open_page(collection.store, clip=clip, channel=[channel], sound="yes", count="24")
    assert titles(page) == ["talker_b"]
    assert page.multiselect(key="channels").value == [channel]
    assert page.toggle[0].value is True
    assert page.query_params == {"clip": clip, "channel": channel, "sound": "yes", "count": "24"}


def test_what_an_address_asks_for_in_vain_is_told(open_page: Open, collection: Collection) -> None:
    page = open_page(collection.store, channel=["gone"], person="person-0", m="clips.gone:1:2")
    (said,) = [box.value.replace("\\", "") for box in page.warning]
    assert "channel gone, person person-0, measure clips.gone:1:2" in said
    assert page.query_params == {}
    page.toggle(key="sound").set_value(True).run()
    assert "sound" in page.query_params and not page.warning


def test_going_back_sets_the_page_again(open_page: Open, collection: Collection) -> None:
    page = open_page(collection.store, sound="yes")
    page.query_params.clear()
    page.run()
    assert page.toggle[0].value is False
    assert len(titles(page)) == 3


def test_days_filter_from_the_url(open_page: Open, collection: Collection) -> None:
    page = open_page(collection.store, since="2026-01-06")
    assert titles(page) == ["talker_a_no_audio"]
    assert page.date_input[0].value == (date(2026, 1, 6), date(2026, 1, 7))
    page.date_input[0].set_value((date(2026, 1, 5), date(2026, 1, 7))).run()
    assert len(titles(page)) == 3
    assert page.query_params == {}


def test_filters_narrow_and_are_cleared(open_page: Open, collection: Collection) -> None:
    page = open_page(collection.store)
    page.multiselect(key="channels").set_value([collection.channels["archive"]]).run()
    assert titles(page) == ["talker_a_no_audio"]
    page.toggle[0].set_value(True).run()
    assert "No clip passes these filters" in sentences(page)
    page.button(key="clear_filters").click().run()
    assert len(titles(page)) == 3
    assert page.query_params == {}


def test_a_clip_is_picked_from_the_list_and_let_go(open_page: Open, collection: Collection) -> None:
    page = open_page(collection.store)
    ask_by(page, "clip")
    assert any("talker_b · 0:00–0:03 · studio" in option for option in page.selectbox[0].options)
    page.selectbox[0].set_value(collection.clips["talker_b"]["clip_id"]).run()
    assert len(titles(page)) == 2
    page.button(key="clear").click().run()
    assert page.query_params == {}
    assert page.selectbox[0].value is None
    assert len(titles(page)) == 3


def test_a_picture_finds_its_person(open_page: Open, collection: Collection, portraits: dict[str, bytes]) -> None:
    page = upload(open_page(collection.store, collection.models), "portrait.jpg", portraits["one"])
    assert sentences(page) == ""
    assert set(titles(page)[:2]) == {"talker_a", "talker_a_no_audio"}
    assert page.main.subheader[0].value == "3 clips nearest to this face, 2 of the same person"
    assert page.query_params == {}


def test_of_ten_faces_a_person_chooses(open_page: Open, collection: Collection, portraits: dict[str, bytes]) -> None:
    two = cv2.imdecode(np.frombuffer(portraits["two"], np.uint8), cv2.IMREAD_COLOR)
    assert two is not None
    group = cv2.imencode(".png", np.vstack([two] * 5))[1].tobytes()
    page = upload(open_page(collection.store, collection.models), "group.png", group)
    assert sentences(page) == ""
    assert "**10 faces** in the picture. Which one?" in [element.value for element in page.markdown]
    faces = [button.label for button in page.button if button.label.startswith("Face")]
    assert faces == [f"Face {number}" for number in range(1, 11)]
    first = titles(page)[0]
    page.button(key="face-9").click().run()
    assert {first, titles(page)[0]} & {"talker_b"}
    assert titles(page)[0] != first


def test_a_picture_of_100_mb_is_refused_before_it_is_decoded(
    open_page: Open, collection: Collection, portraits: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    page = open_page(collection.store, collection.models)
    assert page.file_uploader[0].proto.max_upload_size_mb == picture_query.MAX_MB
    # A browser that keeps to the limit never sends it.
    upload(page, "huge.jpg", portraits["one"] + bytes(100_000_000 - len(portraits["one"])))
    assert "The file has 100 MB; at most 30 MB are read. Save it smaller" in sentences(page)
    assert titles(page) == []


def test_picking_a_clip_lets_the_picture_go(
    open_page: Open, collection: Collection, portraits: dict[str, bytes]
) -> None:
    page = upload(open_page(collection.store, collection.models), "portrait.jpg", portraits["one"])
    clip = collection.clips["talker_b"]["clip_id"]
    page.button(key=f"more-{clip}").click().run()
    assert page.query_params == {"clip": clip}
    ask_by(page, "picture")
    assert page.file_uploader[0].value is None
    upload(page, "portrait.jpg", portraits["one"])
    assert page.query_params == {}
    assert "nearest to this face" in page.main.subheader[0].value


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("text.jpg", b"this is a letter, not a picture", "not a picture that can be read. Use a JPEG"),
        ("empty.png", b"", "not a picture that can be read"),
        ("cut.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF", "not a picture that can be read"),
        ("none", b"", "No face was found in the picture. Use one with a face"),
    ],
)
def test_a_picture_that_cannot_be_used_is_named(
    open_page: Open,
    collection: Collection,
    portraits: dict[str, bytes],
    name: str,
    content: bytes,
    sentence: str,
) -> None:
    content = portraits.get(name, content)
    page = upload(open_page(collection.store, collection.models), f"{name}.jpg", content)
    assert sentence in sentences(page)


def test_missing_weights_name_the_command(
    open_page: Open, collection: Collection, portraits: dict[str, bytes], tmp_path: Path
) -> None:
    page = upload(open_page(collection.store, tmp_path / "nothing"), "portrait.jpg", portraits["one"])
    assert "facelib models fetch centerface" in sentences(page)


@pytest.mark.parametrize("clip", ["file_gone-0123456789.000000.0.00000000", "../../etc/passwd", "' OR 1=1 --", "<b>"])
def test_a_clip_that_is_not_there_is_named(open_page: Open, collection: Collection, clip: str) -> None:
    page = open_page(collection.store, clip=clip)
    assert f"The clip {clip} is not in the published collection" in sentences(page)
    assert page.selectbox[0].value is None


def test_a_lost_file_is_a_sentence_on_its_card(open_page: Open, collection: Collection, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(collection.store, store)
    (store / collection.clips["talker_b"]["media_key"]).unlink()
    gone = [card for card in cards(open_page(store)) if "<video" not in card]
    assert len(gone) == 1
    assert "is not in the store" in gone[0]


def test_a_newer_publication_is_shown_at_the_next_run(open_page: Open, collection: Collection, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(collection.store, store)
    page = open_page(store)
    assert "publication 1 of" in page.caption[0].value
    assert rebuild(Store(store)).number == 2
    page.run()
    assert "publication 2 of" in page.caption[0].value
    assert len(titles(page)) == 3


@pytest.mark.parametrize("create", [True, False], ids=["empty store", "no store"])
def test_nothing_published_tells_how_to_begin(open_page: Open, tmp_path: Path, create: bool) -> None:
    store = tmp_path / "store"
    if create:
        store.mkdir()
    page = open_page(store)
    assert "Nothing was published" in sentences(page)
    assert f"FACELIB_STORE={store} facelib ingest" in page.code[0].value
    assert page.button[0].label == "Look again"


def test_a_bucket_without_credentials_is_named(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    said = sentences(open_page("s3://bucket/clips"))
    assert "There are no credentials for the object storage" in said
    assert "Set AWS_ACCESS_KEY_ID" in said


def test_wrong_settings_are_named(open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_THREADS", "many")
    assert "threads" in sentences(open_page(tmp_path))


def test_words_find_titles_and_the_search_is_in_the_url(open_page: Open, collection: Collection) -> None:
    page = ask_by(open_page(collection.store), "words")
    page.text_input[0].set_value("Talker B").run()
    assert titles(page)[0] == "talker_b"
    assert page.query_params == {"q": "Talker B"}
    assert titles(open_page(collection.store, q="studio")) and set(titles(page)) >= {"talker_b"}
    assert "No clip has these words" in sentences(open_page(collection.store, q="zebra"))
    assert "There is no word to search for" in sentences(open_page(collection.store, q="!?"))


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"verdict": "kept"}, 3),
        ({"verdict": ["dropped", "unknown"]}, 0),
        ({"licence": ""}, 3),
        ({"licence": "CC BY"}, 0),
        ({"person": "person-gone"}, 3),
        ({"m": "clips.seconds:..1"}, 3),
        ({"m": "clips.has_audio:no"}, 1),
        ({"m": ["clips.face_side:", "clips.has_audio:yes"]}, 2),
    ],
)
def test_filters_from_the_url(
    open_page: Open, collection: Collection, parameters: dict[str, str | list[str]], found: int
) -> None:
    page = open_page(collection.store, **parameters)
    assert not page.exception
    assert len(titles(page)) == found


def test_a_measure_gets_a_slider_with_its_distribution(open_page: Open, collection: Collection) -> None:
    page = open_page(collection.store)
    page.multiselect(key="measures").set_value(["clips.face_side"]).run()
    slider = page.slider[0]
    assert slider.label == "clip: face side (px)"
    assert any('class="spread" role="img"' in element.proto.body for element in page.get("html"))
    low, high = slider.value
    slider.set_value((low, (low + high) / 2)).run()
    assert 0 < len(titles(page)) < 3
    assert re.fullmatch(r"clips\.face_side:\.\.[\d.]+", page.query_params["m"])
    page.button(key="clear_filters").click().run()
    assert (len(titles(page)), page.query_params) == (3, {})


def test_without_voices_the_way_says_what_to_do(open_page: Open, collection: Collection) -> None:
    assert "No published clip has a vector of its voice" in sentences(ask_by(open_page(collection.store), "voice"))
    page = open_page(collection.store, clip=collection.clips["talker_a"]["clip_id"], like="voice")
    assert not page.exception
    assert "nearest to this clip" in page.main.subheader[0].value


@pytest.fixture(scope="module")
def full(collection: Collection, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same uploads, with vectors of voices and of a CLIP model that has random numbers."""
    pytest.importorskip("open_clip")
    folder = tmp_path_factory.mktemp("full")
    (folder / "open_clip").mkdir()
    shutil.copytree(collection.store, folder / "store")
    conf = Settings(
        store=str(folder / "store"),
        models_dir=collection.models,
        work_dir=folder / "work",
        threads=1,
        backend="local",
        weights={"open_clip": folder_of(folder / "open_clip", TINY)},
        pipeline={"image": {"model": "open_clip"}, "voice": {"model": "resemblyzer"}},
    )
    try:
        conf.open_weights().file("resemblyzer")
    except ModelError as error:
        pytest.skip(str(error))
    ingest(conf, [str(collection.store.parent / channel) for channel in CHANNELS])
    return conf


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_voices_and_sights_are_searched_for(
    open_page: Open, full: Settings, collection: Collection, media_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELIB_WEIGHTS", json.dumps({"open_clip": str(full.weights["open_clip"])}))
    page = ask_by(open_page(full.store, full.models_dir), "voice")
    upload(page, "b.mp4", (media_dir / "talker_b.mp4").read_bytes())
    assert titles(page) == ["talker_b", "talker_a"]
    assert "2 clips nearest to this voice, 1 of the same voice" in page.main.subheader[0].value
    assert "0.0 s of speech" in sentences(upload(page, "s.mp4", (media_dir / "talker_a_silence.mp4").read_bytes()))
    assert "The file has no sound that can be read" in sentences(upload(page, "x.wav", b"a text"))
    page = open_page(full.store, full.models_dir, q="studio", **{"in": "both"})
    assert {title.partition("_")[0] for title in titles(page)} == {"talker"}
    assert len(titles(page)) == 3
    said = [re.findall("(1 word found · )?picture -?[0-9.]+ of 1 alike", card) for card in cards(page)]
    assert sum(found == ["1 word found · "] for found in said) == 2, "only two clips are of the channel of that name"
    clip_id = collection.clips["talker_a"]["clip_id"]
    page = open_page(full.store, full.models_dir, clip=clip_id, like="look")
    assert "2 clips nearest to the picture of this clip" in page.main.subheader[0].value


def test_a_page_beyond_the_last_leads_back(open_page: Open, collection: Collection) -> None:
    page = open_page(collection.store, page="7")
    assert "There are no further results" in sentences(page)
    next(button for button in page.button if button.label == "Back to the first page").click().run()
    assert (len(titles(page)), page.query_params) == (3, {})
