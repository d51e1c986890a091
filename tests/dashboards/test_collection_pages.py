"""People, Pipeline and Dataset as a person uses them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.pipeline import models
from facelib.catalog.reader import Catalog
from facelib.collection.people.now import PeopleNow
from facelib.collection.state.model_versions import Made
from facelib.store import decisions, exports_log, quarantine, snapshots
from facelib.store.objects import Store
from tests.dashboards import published

Open = Callable[..., AppTest]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return published.make(tmp_path / "store")


@pytest.fixture
def open_(store: Store, open_alone: Open) -> Open:
    return lambda page, **more: open_alone(page, store.address, **more)


def text(page: AppTest) -> str:
    """All that the page says."""
    assert not page.exception, page.exception
    kinds = (page.title, page.header, page.subheader, page.markdown, page.caption, page.info, page.warning, page.error)
    said = [element.value for kind in kinds for element in kind]
    return "\n".join([*said, *(element.proto.body for element in page.get("html"))]).replace("\\", "")


def persons(store: Store) -> list[str]:
    with Catalog(store) as catalog:
        return [row["person_id"] for row in PeopleNow(store, catalog).page(9, hidden=True)]


def test_persons_are_listed_the_biggest_first(open_: Open) -> None:
    said = text(open_("people"))
    assert "2 persons, those of most clips first" in said
    assert said.index("4 clips · 8.0 s · 1 video") < said.index("3 clips · 6.0 s · 1 video")


def test_two_persons_are_picked_and_merged(open_: Open, store: Store) -> None:
    page = open_("people")
    for box in page.checkbox:
        box.check()
    page.run()
    page.button(key="merge").click().run()
    said = text(page)
    assert "1 person\n" in said
    assert [(box.value, box.proto.set_value) for box in page.checkbox] == [(False, True)], "the browser is told so"
    assert "7 clips" in said
    assert "1 decision since the last publication" in said
    assert [event.kind for event in decisions.read_all(store)] == ["merge"]
    assert [button.label for button in page.button].count("Undo the merge") == 1
    page = open_("people", person=persons(store)[0])
    next(button for button in page.button if button.label == "Undo the merge").click().run()
    assert page.header[0].value == "4 clips"
    assert not [button for button in page.button if button.label == "Undo the merge"]
    assert len(persons(store)) == 2


def test_a_person_is_named_split_and_hidden(open_: Open, store: Store) -> None:
    ada = persons(store)[0]
    page = open_("people", person=ada)
    page.text_input(key=f"name-{ada}").set_value("Ada")
    next(button for button in page.button if button.label == "Save").click().run()
    assert page.title[0].value == "Ada"
    page.checkbox[0].check().run()
    page.button(key="split").click().run()
    assert "1 clip · 2.0 s" in text(page)
    assert page.title[0].value.startswith("Unnamed")
    page.button(key="hide").click().run()
    assert page.title[0].value.endswith("(hidden)")
    assert [event.kind for event in decisions.read_all(store)] == ["name", "split", "hide"]


def test_a_name_that_is_taken_is_a_sentence(open_: Open, store: Store) -> None:
    for person, taken in zip(persons(store), (False, True), strict=True):
        page = open_("people", person=person)
        page.text_input(key=f"name-{person}").set_value("Ada")
        next(button for button in page.button if button.label == "Save").click().run()
        assert ("has the name 'Ada' already" in text(page)) == taken


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"person": "person-000000000000"}, "There is no person 'person-000000000000'"),
        ({"view": "Possible twins"}, "No two persons are so near"),
        ({"view": "Unassigned"}, "1 clip: fewer than the needed number"),
        ({"called": "Zoe"}, "No person is named like Zoe"),
    ],
)
def test_what_people_says(open_: Open, parameters: dict[str, str], sentence: str) -> None:
    assert sentence in text(open_("people", **parameters))


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        ("Funnel", "From uploads to kept clips"),
        ("Channels", "1 channel, 0 overdue"),
        ("Runs", "Nothing was run yet"),
        ("Quarantine", "no film in it"),
        ("Models", "0 of 1 video"),
        ("Disk", "Nobody counted yet"),
    ],
)
def test_every_view_of_pipeline(open_: Open, view: str, sentence: str) -> None:
    assert sentence in text(open_("pipeline", view=view))


def test_results_without_a_version_tell_neither_that_nor_weights(open_: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "made", lambda _: [Made("embed", None, "", 8), Made("iqa", 2, "", 1)])
    said = re.sub("<[^>]+>", " ", text(open_("pipeline", view="Models")))
    assert re.split(r"\bembed\b", said)[-1].split()[:4] == ["not", "told"] * 2
    assert re.search(r"iqa\s+version 2\s+none", said)


def test_an_upload_is_released_from_quarantine(open_: Open, store: Store) -> None:
    page = open_("pipeline", view="Quarantine")
    next(button for button in page.button if button.label == "Release").click().run()
    assert not list(quarantine.active(store))
    assert not [button for button in page.button if button.label == "Release"]
    assert not page.exception


def test_a_failure_is_ignored_and_comes_back(open_: Open) -> None:
    page = open_("pipeline", view="Quarantine")
    next(button for button in page.button if button.label == "Ignore").click().run()
    assert "None is left that nobody ignores" in text(page)
    page.toggle(key="ignored").set_value(True).run()
    next(button for button in page.button if button.label == "Do not ignore").click().run()
    assert "None is ignored" in text(page)


def test_only_admins_release(open_: Open) -> None:
    page = open_("pipeline", rights=("view", "review"), view="Quarantine")
    assert not [button for button in page.button if button.label in ("Release", "Ignore")]


def test_disk_use_is_counted_on_request(open_: Open) -> None:
    page = open_("pipeline", view="Disk")
    next(button for button in page.button if button.label == "Count now").click().run()
    assert "Disk use by kind" in text(page)


def test_a_selection_is_counted_and_shared_by_its_url(open_: Open, store: Store) -> None:
    assert "none told" in text(open_("dataset"))
    page = open_("dataset", verdict="Any", where="clips.start_frame = 0")
    assert [metric.value for metric in page.metric][:2] == ["1", "2.0 s"]
    charts = "".join(chart.proto.spec for chart in open_("dataset", verdict="Any").get("vega_lite_chart"))
    assert "length of the clip, s" in charts
    said = text(open_("dataset", where="nonsense >"))
    assert "'More conditions, SQL' cannot be read: Parser Error" in said
    assert "verdicts.keep AND" not in said
    page = open_("dataset", verdict="Dropped")
    assert "No clip passes" in text(page)


def test_an_export_is_started_and_found_again(open_: Open, store: Store, tmp_path: Path) -> None:
    page = open_("dataset", view="Exports")
    assert "Nothing was exported yet" in text(page)
    entry = {"format": "clips", "folder": str(tmp_path / "talks"), "publication": 1, "snapshot": "", "items": 2}
    exports_log.record(store, videos=["file_a"], options={}, **entry)
    (tmp_path / "talks").mkdir()
    (tmp_path / "talks" / "manifest.json").write_text("{}")
    page = open_("dataset", view="Exports")
    assert "2 items of 1 video · publication 1" in text(page)
    assert page.get("download_button")


def test_an_export_needs_a_name(open_: Open, store: Store) -> None:
    page = open_("dataset", verdict="Any")
    next(button for button in page.button if button.label == "Start the export").click().run()
    assert "Give the export a name" in text(page)


def test_what_is_published_gets_a_name(open_: Open, store: Store) -> None:
    page = open_("dataset", view="Snapshots")
    page.text_input(key="snapshot_name").set_value("paper-v1")
    next(button for button in page.button if button.label == "Make the snapshot").click().run()
    assert snapshots.names(store) == ["paper-v1"]
    assert "paper-v1 holds 16 s of clips" in " ".join(box.value for box in page.success)
