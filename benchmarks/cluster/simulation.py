"""Plays shards through a cluster: one pod a stage, GPU slots and CPU slots, first come first served."""

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.cluster.uploads import Uploads
from facelib.planning import batches

DAY_S = 86_400.0


@dataclass(frozen=True)
class Stage:
    """A stage as the simulation knows it.

    Args:
        name: of the stage.
        after: stages that must end first.
        gpu: whether its pod takes a GPU slot.
        cost: seconds of compute per second of source.
    """

    name: str
    after: tuple[str, ...]
    gpu: bool
    cost: float


@dataclass(frozen=True)
class Cluster:
    """What pods run on.

    Args:
        gpus: pods with a GPU at once; also the size of Airflow's pool ``gpu``.
        cpus: pods without one at once.
        start_s: seconds from a pod's request to its first line of work: node, image, imports.
        load_s: seconds that a stage with a model takes to load it.
    """

    gpus: int
    cpus: int
    start_s: float
    load_s: float


@dataclass
class Outcome:
    """What came of it. Times are seconds."""

    shards: int = 0
    pods: int = 0
    gpu_s: float = 0.0
    cpu_s: float = 0.0
    overhead_s: float = 0.0
    waits: list[float] = field(default_factory=list)
    """From the plan to the commit, one a shard."""
    ended: float = 0.0


def shards_of(uploads: Uploads, minutes: float, cost: float) -> list[tuple[float, float]]:
    """(time of the plan, seconds of source) of every shard, as the planner makes them for each day."""
    made: list[tuple[float, float]] = []
    days = np.split(np.arange(len(uploads.day)), np.flatnonzero(np.diff(uploads.day)) + 1)
    for videos in days:
        start = (float(uploads.day[videos[0]]) + 1) * DAY_S
        predicted = [(str(video), float(uploads.seconds[video]) * cost / 60) for video in videos]
        made.extend((start, total * 60 / cost) for _, total in batches(predicted, minutes))
    return made


def play(shards: Sequence[tuple[float, float]], stages: Sequence[Stage], cluster: Cluster) -> Outcome:
    """Run every stage of every shard, in the order of the plans.

    Args:
        shards: time of the plan and seconds of source, in order of time.
        stages: in an order in which each comes after those it waits for.
        cluster: where they run.
    """
    return _Simulation(shards, stages, cluster).run()


class _Simulation:
    def __init__(self, shards: Sequence[tuple[float, float]], stages: Sequence[Stage], cluster: Cluster) -> None:
        self._shards, self._stages, self._cluster = shards, stages, cluster
        number = {stage.name: place for place, stage in enumerate(stages)}
        self._before = [len([name for name in stage.after if name in number]) for stage in stages]
        self._next: list[list[int]] = [[] for _ in stages]
        for place, stage in enumerate(stages):
            for name in stage.after:
                if name in number:
                    self._next[number[name]].append(place)
        self._free = {True: cluster.gpus, False: cluster.cpus}
        self._waiting: Mapping[bool, deque[tuple[int, int]]] = {True: deque(), False: deque()}
        self._ends: list[tuple[float, int, int]] = []
        self._missing: dict[int, list[int]] = {}
        self._left: dict[int, int] = {}
        self._outcome = Outcome(shards=len(shards))

    def run(self) -> Outcome:
        coming = 0
        while coming < len(self._shards) or self._ends:
            arrival = self._shards[coming][0] if coming < len(self._shards) else float("inf")
            if not self._ends or arrival <= self._ends[0][0]:
                now = arrival
                self._arrive(coming)
                coming += 1
            else:
                now, shard, place = heapq.heappop(self._ends)
                self._free[self._stages[place].gpu] += 1
                self._end(now, shard, place)
            self._start(now)
            self._outcome.ended = now
        return self._outcome

    def _arrive(self, shard: int) -> None:
        self._missing[shard], self._left[shard] = list(self._before), len(self._stages)
        for place, missing in enumerate(self._before):
            if not missing:
                self._waiting[self._stages[place].gpu].append((shard, place))

    def _start(self, now: float) -> None:
        for gpu, queue in self._waiting.items():
            while queue and self._free[gpu]:
                shard, place = queue.popleft()
                overhead = self._cluster.start_s + (self._cluster.load_s if gpu else 0.0)
                seconds = overhead + self._shards[shard][1] * self._stages[place].cost
                self._free[gpu] -= 1
                self._outcome.pods += 1
                self._outcome.overhead_s += overhead
                if gpu:
                    self._outcome.gpu_s += seconds
                else:
                    self._outcome.cpu_s += seconds
                heapq.heappush(self._ends, (now + seconds, shard, place))

    def _end(self, now: float, shard: int, place: int) -> None:
        missing = self._missing[shard]
        for after in self._next[place]:
            missing[after] -= 1
            if not missing[after]:
                self._waiting[self._stages[after].gpu].append((shard, after))
        self._left[shard] -= 1
        if not self._left[shard]:
            self._outcome.waits.append(now - self._shards[shard][0])
            del self._left[shard], self._missing[shard]


def quantile(values: Sequence[float] | NDArray[np.float64], share: float) -> float:
    """A quantile; 0 of none."""
    return float(np.quantile(np.asarray(values), share)) if len(values) else 0.0
