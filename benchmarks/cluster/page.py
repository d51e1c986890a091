"""What was measured and played, as the page ``docs/scaling.md``."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.cluster.simulation import Cluster, Outcome, quantile
from benchmarks.cluster.times import Times
from benchmarks.scale.child import Figures

INTRODUCTION = """<!-- Written by `{command}`. Run it again instead of changing the page. -->

# Scaling out

How many pods, GPUs and hours a collection takes, before anybody pays for them. The **planner** below is measured; the
**cluster** is simulated: the real planner cuts made-up uploads into shards, and one pod a stage and shard runs for as
long as that stage took on real clips. Put in your own numbers:

```sh
{command}
python -m benchmarks.cluster --help
```"""

PLANNER = """## The planner, measured

`facelib plan` on a local disk with {cpus} CPUs. All but {new:,} uploads are done; those {new:,} are new. Every upload's
day and commit is read from listings alone: the name of a commit tells whether it is settled under the pipeline in
force. Leases and lengths are asked for 16 videos at a time.

| uploads in the store | plan all days, s | memory it adds, MiB | plan one day, s | memory it adds, MiB |
| ---: | ---: | ---: | ---: | ---: |
{rows}

Goal: 100,000 uploads within 10 s: {verdict}. A scheduled run plans one day, and its memory stays flat; planning
all days at once holds the name of one commit for each upload."""

CLUSTER = """## The cluster, simulated

{uploads:,} uploads of {channels:,} channels in {days} days ({hours:,.0f} hours of video, {mean:.1f} minutes on average;
the nth channel has a share of 1 / n). A day's uploads are planned at once, at its end, so the queue is longest then.
Pods wait for a slot in the order of the plans.

Measured, on {source:,.0f} s of real clips with the profile of that run: {total:.2f} s of compute for a
second of source ({stages}).

Assumed, not measured: a GPU runs a stage with a model {speedup:g} times as fast as those CPUs; a pod takes {start:g} s
from its request to its first line of work, and {load:g} s more where it loads a model; a GPU costs {gpu_price:g} and a
CPU pod {cpu_price:g} an hour. Change them by the options of the command.

| GPUs | CPU pods | shard, min | shards | pods | GPU h | start, load | wait p50, h | wait p95, h | last commit | cost |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{rows}

*shard* is the predicted time of its slowest stage at the speed assumed. The setting `plan.shard_minutes` counts minutes
of CPU: where GPUs are {speedup:g} times as fast, set it {speedup:g} times as high. *start, load* is the share of all
paid seconds in which a pod did no work; *wait* is from the plan to the commit of a shard; *last commit* is counted from
the end of the last day: much more than a day means that the cluster does not keep up.

What to read off it: short shards pay for pod starts, long ones for waiting and for what a lost pod has to do again; the
queue is set by the GPUs alone until they keep up. Airflow maps at most 1,000 shards of a day to one run and announces
the rest to a next run."""


@dataclass(frozen=True)
class Played:
    """One simulation and what went into it."""

    cluster: Cluster
    minutes: float
    outcome: Outcome
    days: int
    gpu_price: float
    cpu_price: float

    def row(self) -> str:
        """The row of the table."""
        out = self.outcome
        paid = out.gpu_s + out.cpu_s
        cost = (out.gpu_s * self.gpu_price + out.cpu_s * self.cpu_price) / 3600
        late = out.ended / 3600 - 24 * self.days
        cells = [
            f"{self.cluster.gpus:,}", f"{self.cluster.cpus:,}", f"{self.minutes:g}", f"{out.shards:,}",
            f"{out.pods:,}", f"{out.gpu_s / 3600:,.0f}", f"{out.overhead_s / paid:.0%}",
            f"{quantile(out.waits, 0.5) / 3600:.1f}", f"{quantile(out.waits, 0.95) / 3600:.1f}",
            f"{late:,.1f} h later", f"{cost:,.0f}",
        ]  # fmt: skip
        return "| " + " | ".join(cells) + " |"


def planner(figures: dict[int, dict[str, Figures]], *, new: int, cpus: int) -> str:
    """The measured part."""
    rows = [
        f"| {size:,} | {f['all']['plan_s']:.1f} | {f['all']['grown_mib']:.0f} "
        f"| {f['day']['plan_s']:.1f} | {f['day']['grown_mib']:.0f} |"
        for size, f in sorted(figures.items())
    ]
    goal = figures.get(100_000, {}).get("all", {}).get("plan_s")
    verdict = "not measured" if goal is None else f"{'met' if goal <= 10 else '**missed**'}, {goal:.1f} s"
    return PLANNER.format(cpus=cpus, new=new, rows="\n".join(rows), verdict=verdict)


def cluster(played: Sequence[Played], times: Times, facts: dict[str, float]) -> str:
    """The simulated part."""
    stages = ", ".join(f"{name} {cost:.2f}" for name, cost in times.by_stage.items())
    return CLUSTER.format(
        rows="\n".join(one.row() for one in played),
        stages=stages,
        total=sum(times.by_stage.values()),
        source=times.source_s,
        **facts,
    )
