"""Reviews: written as events, seen at once, in force after publish, attached again after a re-run."""

import pytest

from facelib.catalog.reader import Catalog
from facelib.collection.clip.explain import explain
from facelib.collection.review import reviews
from facelib.errors import FacelibError
from facelib.export.options import ExportOptions
from facelib.export.selection import select
from facelib.publish import publish, rebuild
from facelib.store import decisions
from tests.support.judged import Judged

RULES_DROP, RULES_KEEP = (False, False, "rules"), (True, True, "rules")


def test_a_review_is_seen_at_once_and_in_force_after_publish(made: Judged) -> None:
    made.judge(0, "keep", reason=" fine,  in  sync ", tags=["studio", "a,b", "studio"])
    made.judge(9, "drop", by="ben")
    seen = made.events()
    assert {clip: outcome.keep for clip, outcome in seen.outcomes().items()} == {
        made.clips[0]: True,
        made.clips[9]: False,
    }
    assert made.verdicts()[made.clips[0]] == RULES_DROP
    assert publish(made.store).changed
    assert made.events() == seen
    assert made.verdicts()[made.clips[0]] == (True, False, "anna")
    assert made.verdicts()[made.clips[9]] == (False, True, "ben")
    assert made.verdicts()[made.clips[5]] == RULES_KEEP
    with Catalog(made.store) as catalog:
        row = catalog.rows("SELECT * FROM reviews WHERE clip_id = ?", [made.clips[0]])[0]
    assert (row["reviewer"], row["verdict"], row["reason"], row["tags"]) == (
        "anna",
        "keep",
        "fine, in sync",
        "a b,studio",
    )
    assert (row["kind"], row["state"]) == ("review", "in force")
    assert not publish(made.store).changed
    rebuild(made.store)
    assert made.verdicts()[made.clips[0]] == (True, False, "anna")


def test_reviewers_who_differ_leave_it_open_until_it_is_settled(made: Judged) -> None:
    made.judge(9, "keep")
    made.judge(9, "drop", by="ben")
    publish(made.store)
    assert made.verdicts()[made.clips[9]] == (None, True, "anna, ben")
    event = made.judge(9, "drop", by="eve", settles=True)
    publish(made.store)
    assert made.verdicts()[made.clips[9]] == (False, True, "eve")
    with Catalog(made.store) as catalog:
        reviews.undo(made.store, catalog, made.events(), event, "eve")
    publish(made.store)
    assert made.verdicts()[made.clips[9]] == (None, True, "anna, ben")


def test_undoing_gives_the_rules_their_verdict_back_and_deletes_nothing(made: Judged) -> None:
    event = made.judge(0, "keep")
    publish(made.store)
    with Catalog(made.store) as catalog:
        reviews.undo(made.store, catalog, made.events(), event, "anna")
    assert made.events().outcomes() == {}
    publish(made.store)
    assert made.verdicts()[made.clips[0]] == RULES_DROP
    with Catalog(made.store) as catalog:
        rows = catalog.rows("SELECT state, undone_by FROM reviews")
    assert rows == [{"state": "undone", "undone_by": "anna"}]
    assert len(list(decisions.read_all(made.store))) == 2


def test_a_re_run_keeps_what_people_decided(made: Judged) -> None:
    made.judge(2, "keep")
    publish(made.store)
    new = made.commit(tag="b", late=10, generation=2)
    publish(made.store)
    assert made.verdicts()[new[2]] == (True, False, "anna")
    assert {row[2] for clip, row in made.verdicts().items() if clip != new[2]} == {"rules"}
    made.commit(tag="c", late=5000, generation=3)
    publish(made.store)
    assert {row[2] for row in made.verdicts().values()} == {"rules"}
    lost = made.events().events.values()
    assert [made.events().state(review.event_id) for review in lost] == ["no clip fits"]


def test_exports_and_stories_tell_who_decided(made: Judged) -> None:
    made.judge(0, "keep")
    made.judge(9, "drop", by="ben")
    publish(made.store)
    with Catalog(made.store) as catalog:
        kept = [row["clip_id"] for row in select(catalog, ExportOptions(where="verdicts.keep"))]
        story = explain(made.store, catalog, made.clips[0])
    assert sorted(kept) == [made.clips[0], *made.clips[4:9]]
    assert (story.verdict["keep"], story.verdict["rules_keep"], story.verdict["decided_by"]) == (True, False, "anna")
    assert [rule["state"] for rule in story.verdict["rules"]] == ["failed", "passed"]


def test_gold_settles_and_is_taken_back(made: Judged) -> None:
    with Catalog(made.store) as catalog:
        reviews.set_gold(made.store, catalog, made.clips[9], "drop", "eve")
        assert made.events().gold() == {made.clips[9]: "drop"}
        reviews.set_gold(made.store, catalog, made.clips[9], "", "eve")
    assert made.events().gold() == {}
    assert made.events().outcomes() == {}


@pytest.mark.parametrize(
    ("clip", "verdict", "more", "reason"),
    [
        ("gone", "keep", {}, "no_clip"),
        ("", "perhaps", {}, "bad_verdict"),
        ("", "keep", {"reason": "x" * 501}, "bad_review"),
        ("", "keep", {"reason": "a\x00b"}, "bad_review"),
        ("", "keep", {"tags": ["x" * 51]}, "bad_review"),
        ("", "keep", {"tags": [str(n) for n in range(21)]}, "bad_review"),
    ],
)
def test_what_cannot_be_kept_is_named(made: Judged, clip: str, verdict: str, more: dict, reason: str) -> None:  # type: ignore[type-arg]
    with Catalog(made.store) as catalog, pytest.raises(FacelibError) as error:
        reviews.judge(made.store, catalog, clip or made.clips[0], verdict, "anna", **more)
    assert error.value.reason == reason
    assert made.events().events == {}


def test_only_ones_own_reviews_are_undone_and_once(made: Judged) -> None:
    event = made.judge(0, "keep")
    with Catalog(made.store) as catalog:
        for event_id, by, reason in (("nothing", "anna", "no_event"), (event, "ben", "not_yours")):
            with pytest.raises(FacelibError) as error:
                reviews.undo(made.store, catalog, made.events(), event_id, by)
            assert error.value.reason == reason
        reviews.undo(made.store, catalog, made.events(), event, "ben", of_others=True)
        with pytest.raises(FacelibError, match="undone by ben"):
            reviews.undo(made.store, catalog, made.events(), event, "anna")


def test_values_of_other_versions_are_passed_over(made: Judged) -> None:
    anchor = decisions.Anchor("toy_judged-0123456789", 0.0, 2.0, (100.0, 100.0, 200.0, 200.0))
    decisions.append(made.store, decisions.Decision("review", "me", {"ok": True}, anchor))
    publish(made.store)
    assert made.events().events == {}
