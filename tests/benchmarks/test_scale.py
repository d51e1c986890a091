"""The benchmark of scale on a collection that is small, and what its page says of figures."""

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.scale import steps
from benchmarks.scale.__main__ import PAGE
from benchmarks.scale.child import measured
from benchmarks.scale.collection import write
from benchmarks.scale.faces import Faces
from benchmarks.scale.page import LINES, Results, goals, page, table
from facelib.catalog.reader import Catalog
from facelib.find.texts import find
from facelib.publish import publish
from facelib.store import published
from facelib.store.objects import Store

CLIPS = 600


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, Faces(CLIPS))
    return tmp_path


def test_faces_are_as_alike_as_they_are_said_to_be() -> None:
    faces = Faces(4_000)
    vectors, people = next(faces.blocks())[1], faces.people
    likeness = vectors @ vectors.T
    same = people[:, None] == people[None]
    np.fill_diagonal(same, False)
    other = people[:, None] != people[None]
    assert likeness[same].mean() == pytest.approx(0.65, abs=0.03) and likeness[same].std() == pytest.approx(
        0.1, abs=0.02
    )
    assert likeness[other].mean() == pytest.approx(0, abs=0.02) and likeness[other].std() == pytest.approx(
        0.06, abs=0.01
    )
    counts = np.bincount(people)
    assert len(counts) <= 200 and counts[0] == pytest.approx(2 * counts[1], rel=0.3)
    assert np.array_equal(vectors, next(Faces(4_000).blocks())[1])
    assert not np.array_equal(faces.others(5, 1)[1], faces.others(5, 2)[1])


def test_what_is_written_is_a_published_store(root: Path) -> None:
    store = Store(root)
    publish(store)
    assert not publish(store).changed
    newest = published.newest(store)
    assert newest and newest.counts["clips"] == newest.counts["verdicts"] == newest.vectors[0].rows == CLIPS
    assert newest.counts["people"] and newest.counts["videos"] == CLIPS // 10
    with Catalog(store) as catalog:
        found = find(catalog, "a talk about music: word0 ", limit=5)
        (heard,) = catalog.rows("SELECT count(*) AS n FROM compared WHERE heard")
    assert len(found) == 5 and found[0].words == 5
    assert heard["n"] == pytest.approx(CLIPS / 2, rel=0.05)


def test_every_step_gives_its_figures(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "NEW_CLIPS", 40)
    monkeypatch.setattr(steps, "QUERIES", 20)
    assert steps.search(root, CLIPS)["recall"] == 1
    made = steps.publish_new(root, CLIPS, 1)
    assert made.keys() >= {line.figure for line in LINES if line.step == "publish"} - {"peak_mib"}
    assert made["publish_s"] == pytest.approx(sum(v for k, v in made.items() if k != "publish_s"))
    assert steps.duplicates(root, CLIPS)["seconds"] > 0
    assert steps.recompute(root, CLIPS)["judged"] == CLIPS + 40


def test_a_measurement_runs_in_a_process_of_its_own() -> None:
    found = measured(dict, [("a", 1)])
    assert found["a"] == 1 and found["peak_mib"] > 1 and found["wall_s"] >= 0
    with pytest.raises(RuntimeError, match="exit"):
        measured(exit, 3)


def figures(publish_s: float, p50_ms: float, recall: float = 0.96) -> dict[str, dict[str, float]]:
    memory = {"peak_mib": 1000.0}
    parts = {"people_s": 1.0, "duplicates_s": 1.0, "rest_s": publish_s - 2}
    return {
        "publish": {"publish_s": publish_s, **parts, **memory},
        "search": {"p50_ms": p50_ms, "recall": recall, **memory},
        "faiss": {"wall_s": 0.0, **memory},
        "duplicates": {"seconds": 20.0, **memory},
    }


@pytest.mark.parametrize(
    ("now", "missed"),
    [
        (figures(6, 9), []),
        (figures(7, 9), ["publish"]),
        (figures(6, 11), ["search"]),
        (figures(6, 9, recall=0.9), ["search"]),
    ],
)
def test_goals_are_met_or_missed(now: dict[str, dict[str, float]], missed: list[str]) -> None:
    results: Results = {100_000: figures(5, 5), 1_000_000: now}
    lines = goals(results).splitlines()
    assert [line.split()[1] for line in lines if "**missed**" in line] == missed
    assert sum("not measured" in line for line in lines) == 1
    now["faiss"] |= {"p50_ms": 1.0, "recall": 0.96}
    assert any("no slower than FAISS" in line and "**missed**" in line for line in goals(results).splitlines())


def test_the_table_tells_growth_and_what_is_absent() -> None:
    text = table({10: figures(5.0, 5), 100: figures(10.0, 5)})
    assert "| publish 1,000 new clips, s | 5.0 | 10.0 | 2.0 × |" in text
    assert "| FAISS p50, ms | not installed | not installed |" in text
    assert "1,000,000" in page({10: figures(5, 5)}, command="c", machine="m", load="l").split("## Goals")[1]


def test_the_page_was_written_by_this_version() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "python -m benchmarks.scale" in text[:200]
    rows = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    assert [line.title for line in LINES] == [row for row in rows if not row.startswith("---") and row.strip()]
