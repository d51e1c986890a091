"""The simulated cluster against numbers worked out by hand, and the planner's measurement on a small store."""

from pathlib import Path

import pytest

from benchmarks.cluster import page, planner, uploads
from benchmarks.cluster.simulation import DAY_S, Cluster, Stage, play, shards_of
from benchmarks.cluster.times import Times, measured
from facelib.store.objects import Store
from facelib.store.plans import Manifest, write_manifest

CHAIN = (Stage("detect", (), True, 0.5), Stage("track", ("detect",), False, 1.0))
FORK = (*CHAIN, Stage("embed", ("track",), True, 0.1), Stage("speech", ("track",), False, 0.2))


@pytest.mark.parametrize(
    ("stages", "cluster", "shards", "waits", "gpu_s", "cpu_s"),
    [
        pytest.param(CHAIN, Cluster(1, 1, 0, 0), [(0.0, 100.0)], [150], 50, 100, id="one after the other"),
        pytest.param(CHAIN, Cluster(1, 1, 10, 5), [(0.0, 100.0)], [175], 65, 110, id="start and load are paid"),
        pytest.param(FORK, Cluster(1, 1, 0, 0), [(0.0, 100.0)], [170], 60, 120, id="both that wait for one"),
        pytest.param(CHAIN, Cluster(1, 2, 0, 0), [(0.0, 100.0)] * 2, [150, 200], 100, 200, id="one GPU for two"),
        pytest.param(CHAIN, Cluster(2, 2, 0, 0), [(0.0, 100.0)] * 2, [150, 150], 100, 200, id="a GPU each"),
        pytest.param(CHAIN, Cluster(1, 1, 0, 0), [(0.0, 10.0), (500.0, 10.0)], [15, 15], 10, 20, id="idle between"),
        pytest.param(CHAIN[1:], Cluster(1, 1, 0, 0), [(0.0, 10.0)], [10], 0, 10, id="what it waits for is off"),
    ],
)
def test_play(
    stages: tuple[Stage, ...],
    cluster: Cluster,
    shards: list[tuple[float, float]],
    waits: list[float],
    gpu_s: float,
    cpu_s: float,
) -> None:
    outcome = play(shards, stages, cluster)
    assert outcome.waits == pytest.approx(waits)
    assert (outcome.gpu_s, outcome.cpu_s) == pytest.approx((gpu_s, cpu_s))
    assert outcome.pods == len(stages) * len(shards)


def test_shards_hold_every_second_of_their_day() -> None:
    made = uploads.make(20, 500, 3)
    shards = shards_of(made, 15, 0.5)
    for day in range(3):
        seconds = [s for at, s in shards if at == (day + 1) * DAY_S]
        assert sum(seconds) == pytest.approx(made.seconds[made.day == day].sum(), rel=1e-3)
        assert min(seconds[:-1]) >= 15 * 60 / 0.5 - 1


def test_times_are_of_the_manifests(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(ValueError, match="no stage has run"):
        measured(store)
    for stage, seconds in (("probe", 1.0), ("detect", 30.0), ("detect", 10.0)):
        write_manifest(store, Manifest(stage, "plans/p/shard-00000.json", seconds=seconds, media_seconds=100.0))
    assert measured(store) == Times({"probe": 0.01, "detect": 0.4}, 100.0)


def test_the_planner_finds_what_is_new(tmp_path: Path) -> None:
    planner.fill(tmp_path, 300, planner.DAYS)
    assert planner.plan_all(tmp_path, planner.DAYS)["shards"] >= 1
    assert planner.plan_day(tmp_path, planner.DAYS)["shards"] == 1


@pytest.mark.parametrize(("seconds", "words"), [(9.0, "met, 9.0 s"), (12.0, "**missed**, 12.0 s")])
def test_the_page_judges_the_goal(seconds: float, words: str) -> None:
    figures = {"plan_s": seconds, "grown_mib": 60.0}
    assert words in page.planner({100_000: {"all": figures, "day": figures}}, new=1000, cpus=2)
