"""The review page as people use it, on a published collection that needed no model."""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import url
from facelib.collection import rules
from facelib.publish import publish
from facelib.store.objects import Store
from tests.support.judged import LATER, VIDEO, Judged

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    made = Judged(tmp_path_factory.mktemp("judged"))
    # What the commit names as media is there, so that the cards have a player.
    for clip in made.clips:
        for suffix in (".mp4", ".jpg"):
            made.store.put(f"media/{clip}{suffix}", b"media of a clip")
    return made


@pytest.fixture
def made(original: Judged, tmp_path: Path) -> Judged:
    shutil.copytree(original.store.root, tmp_path / "store")
    made = copy.copy(original)
    made.store = Store(tmp_path / "store")
    return made


@pytest.fixture
def open_page(made: Judged, open_alone: Open) -> Open:
    return partial(open_alone, "review", str(made.store.root))


def sentences(page: AppTest) -> str:
    assert not page.exception
    return " ".join(box.value for box in [*page.error, *page.warning, *page.info, *page.success]).replace("\\", "")


def captions(page: AppTest) -> str:
    return " ".join(caption.value for caption in page.caption).replace("\\", "")


def html(page: AppTest) -> str:
    return " ".join(element.proto.body for element in page.get("html"))


def parameter(page: AppTest, name: str) -> str:
    value: str | list[str] = page.query_params[name]
    return value if isinstance(value, str) else value[0]


def current(page: AppTest) -> str:
    return parameter(page, "clip")


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def test_judging_goes_on_to_the_next_clip_and_is_seen_at_once(open_page: Open, made: Judged) -> None:
    page = open_page(order="near", rule="late")
    assert sentences(page) == "" and current(page) == made.clips[4]
    assert "10 clips left in this queue · 0 judged by anna" in captions(page)
    press(page, "Keep")
    assert current(page) == made.clips[3]
    page.multiselect[0].set_value([]).run()
    page.text_input(key=f"reason-{made.clips[3]}").set_value("on stage").run()
    press(page, "Out of sync")
    assert current(page) == made.clips[5]
    assert "8 clips left in this queue · 2 judged by anna" in captions(page)
    found = made.events().events.values()
    assert [(r.clip_id, r.verdict, r.reason) for r in found] == [
        (made.clips[4], "keep", ""),
        (made.clips[3], "drop", "out of sync; on stage"),
    ]


def test_undo_goes_back_to_the_clip(open_page: Open, made: Judged) -> None:
    page = press(open_page(order="near", rule="late"), "Drop")
    press(page, "Undo")
    assert current(page) == made.clips[4]
    assert made.events().outcomes() == {}
    assert [r.undone_by for r in made.events().events.values()] == ["anna"]


def test_skipped_clips_come_again_when_asked_for(open_page: Open, made: Judged) -> None:
    page = open_page(order="failing", rule="late")
    for _ in range(4):
        press(page, "Skip")
    assert "No clip that you did not judge fails the rule late" in sentences(page)
    press(page, "Show skipped clips again")
    assert current(page) in made.clips[:4]
    assert made.events().events == {}


def test_the_clip_is_put_into_no_address_of_another_page(open_page: Open, made: Judged) -> None:
    page = open_page(order="near", rule="late")
    page.session_state[url.LAST_PATH] = "people"
    page.query_params.pop("clip")
    assert "clip" not in page.run().query_params
    assert "10 clips left" in captions(page)
    page.session_state[url.LAST_PATH] = "review"
    assert current(page.run()) == made.clips[4]


def test_the_url_says_what_is_seen(open_page: Open, made: Judged) -> None:
    page = open_page(order="uncertain", clip=made.clips[8], muted="yes")
    assert current(page) == made.clips[8]
    assert "muted" in html(page) and f"media/{made.clips[8]}.mp4" in html(page)
    page.selectbox(key="order").set_value("random").run()
    page.number_input(key="seed").set_value(7).run()
    assert parameter(page, "seed") == "7" and "order" not in page.query_params
    again = open_page(seed="7")
    assert current(again) == current(page)
    assert open_page(order="nonsense", seed="many", rules="none").query_params.keys() == {"clip"}


def test_the_rules_stand_beside_the_clip_and_the_next_is_fetched(open_page: Open, made: Judged) -> None:
    page = open_page(order="near", rule="late", clip=made.clips[0])
    table = re.findall(r"<tr class=.*?</tr>", html(page))
    assert "late" in table[0] and "0 frames" not in table[1] and "at least 200" in table[0] and "failed" in table[0]
    ahead = re.findall(r'<div class="ahead".*', html(page))[0]
    assert made.clips[4] in ahead and made.clips[3] in ahead and made.clips[0] not in ahead


@pytest.mark.parametrize("clip", ["gone", "' OR 1=1 --", "<b>"])
def test_a_clip_that_is_not_there_is_named(open_page: Open, made: Judged, clip: str) -> None:
    page = open_page(clip=clip)
    assert f"The clip {clip} is not in the published collection" in sentences(page)
    press(page, "Go on with the queue")
    assert current(page) in made.clips


def test_a_viewer_may_look_but_not_judge(open_page: Open, made: Judged) -> None:
    page = open_page(rights=("view",))
    assert "ask for the role reviewer" in sentences(page)
    assert [button.label for button in page.button] == ["Next"]
    press(page, "Next")
    labels = {button.label for button in open_page(rights=("view", "review")).button}
    assert "Keep" in labels and "It is no gold clip" not in labels


def test_two_reviewers_agree_differ_and_settle(open_page: Open, made: Judged) -> None:
    assert "Agreement needs two reviewers" in sentences(open_page(view="agreement"))
    for clip in range(4):
        made.judge(clip, "keep" if clip < 2 else "drop")
        made.judge(clip, "keep" if clip < 3 else "drop", by="ben")
    page = open_page(view="agreement")
    assert [metric.value for metric in page.metric] == ["4 clips", "75%", "0.50"]
    assert "1 clip on which reviewers differ" in captions(page)
    page.button(key=f"settle-drop-{made.clips[2]}").click().run()
    assert "Reviewers agree on every clip" in captions(page)
    publish(made.store)
    assert made.verdicts()[made.clips[2]] == (False, False, "anna")


def test_a_second_opinion_holds_what_others_judged(open_page: Open, made: Judged) -> None:
    assert "Nobody else judged a clip" in sentences(open_page(user="ben", second="yes"))
    made.judge(7, "drop")
    page = open_page(user="ben", second="yes")
    assert current(page) == made.clips[7]
    press(page, "Keep")
    assert made.events().disagreements() == [made.clips[7]]


def test_gold_clips_are_made_mixed_in_and_scored(open_page: Open, made: Judged) -> None:
    page = open_page(clip=made.clips[0])
    press(page, "Drop it")
    assert made.events().gold() == {made.clips[0]: "drop"}
    made.judge(0, "keep", by="ben")
    page = open_page(view="gold")
    assert page.table[0].value.to_dict("list")["Right, %"] == ["0%"]
    assert made.clips[0] in html(page)
    mine = open_page(user="eve", rights=("view", "review"), view="gold")
    assert made.clips[0] not in html(mine)
    page = open_page(view="gold")
    page.button(key=f"not-gold-{made.clips[0]}").click().run()
    assert "There is no gold clip yet" in sentences(page)


def test_the_audit_trail_tells_all_and_undoes_ones_own(open_page: Open, made: Judged) -> None:
    assert "Nobody decided anything" in sentences(open_page(view="audit"))
    mine, other = made.judge(0, "keep", tags=["<b>"]), made.judge(1, "drop", by="ben", reason="dark")
    page = open_page(view="audit", rights=("view", "review"))
    assert "2 decisions" in captions(page) and "&lt;b&gt;" in html(page) and "said drop: dark" in html(page)
    assert [button.key for button in page.button] == [f"undo-{mine}"]
    page.button[0].click().run()
    assert "undone</span> by anna" in html(page)
    assert [b.key for b in open_page(view="audit", who="ben").button] == [f"undo-{other}"]
    assert "No decision is like this" in sentences(open_page(view="audit", state="replaced"))


def test_a_threshold_is_looked_at_and_applied(open_page: Open, made: Judged) -> None:
    assert "No clip that people judged has a value" in sentences(open_page(view="thresholds"))
    for clip in range(10):
        made.judge(clip, "keep" if clip >= 6 else "drop")
    page = open_page(view="thresholds")
    assert "Nothing: this threshold is in force" in captions(page)
    press(page, "Best F1: 300")
    assert parameter(page, "value") == "300.0"
    figures, moves = (table.value.to_dict("list") for table in page.table)
    assert (figures["Precision"], figures["Recall"]) == (["67%", "100%"], ["100%", "100%"])
    assert (moves["Clips that go from"], moves["Clips"]) == (["kept → dropped"], ["2"])
    press(page, "Apply this threshold")
    assert "later is in force as number 2" in sentences(page)
    number, now = rules.in_force(made.store)
    assert (number, now.rules[0].min, now.rules[1:]) == (2, 300, LATER.rules[1:])
    assert "Set by anna: precision 100%" in now.rules[0].note


def test_only_admins_apply(open_page: Open, made: Judged) -> None:
    made.judge(0, "keep")
    page = open_page(view="thresholds", value="300", rights=("view", "review"))
    assert "Only an admin may apply it" in captions(page)
    assert "Apply this threshold" not in [button.label for button in page.button]


def test_a_rule_set_without_a_threshold(open_page: Open, made: Judged) -> None:
    rules.put_in_force(made.store, LATER.model_copy(update={"rules": (LATER.rules[1],)}))
    page = open_page(view="thresholds")
    assert "The rule set later has no threshold" in sentences(page)


def test_nothing_published_is_a_sentence(open_alone: Open, tmp_path: Path) -> None:
    assert "Nothing was published" in sentences(open_alone("review", str(tmp_path / "empty")))


def test_a_lost_file_is_a_sentence(open_page: Open, made: Judged) -> None:
    assert VIDEO in made.clips[0]
    for suffix in (".mp4", ".jpg"):
        made.store.remove(f"media/{made.clips[0]}{suffix}")
    assert "The file of this clip is not in the store" in html(open_page(clip=made.clips[0]))
