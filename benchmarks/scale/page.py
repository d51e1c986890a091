"""What was measured, as the page ``benchmarks/scale.md``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.scale.child import Figures

Results = dict[int, dict[str, Figures]]
"""By number of clips and step."""

_OURS = ("publish", "search", "duplicates", "rules")
LARGEST, BEFORE = 1_000_000, 100_000
INTRODUCTION = """<!-- Written by `{command}`. Run it again instead of changing the page. -->

# Scale

```sh
{command}
```

made this page on {machine}. {load}

The collections are made up ([generator](scale/faces.py)): faces of 512 numbers, 20 clips a person on average, the nth
person in a share of 1 / n of all clips; the cosine of two clips of one person is 0.65 ± 0.1, of two persons 0 ± 0.06.
Every second clip has sound, and every clip six words of a vocabulary of 5,000. The catalogue, the vectors, the index
and the names in the commit log are written as publish leaves them; the new clips come as commit records through
`facelib publish`.
Each step ran in a process of its own; memory is the most that process had in RAM, the files it mapped included."""


@dataclass(frozen=True)
class Line:
    """A row of the table: what it shows, of which step and figure, and how it is written."""

    title: str
    step: str
    figure: str
    form: str = ".1f"
    growth: bool = True


LINES = (
    Line("publish 1,000 new clips, s", "publish", "publish_s"),
    Line("– of which identity assignment, s", "publish", "people_s"),
    Line("– of which duplicates, s", "publish", "duplicates_s"),
    Line("– of which verdicts, s", "publish", "rules_s", ".2f"),
    Line("– of which everything else, s", "publish", "rest_s"),
    Line("publish, memory, MiB", "publish", "peak_mib", ".0f"),
    Line("face search p50, ms", "search", "p50_ms"),
    Line("face search p95, ms", "search", "p95_ms"),
    Line("face search recall@10", "search", "recall", ".3f", growth=False),
    Line("face search, memory, MiB", "search", "peak_mib", ".0f"),
    Line("FAISS p50, ms", "faiss", "p50_ms"),
    Line("FAISS p95, ms", "faiss", "p95_ms"),
    Line("FAISS recall@10", "faiss", "recall", ".3f", growth=False),
    Line("FAISS kind", "faiss", "kind", "", growth=False),
    Line("FAISS, memory, MiB", "faiss", "peak_mib", ".0f"),
    Line("all hashes against each other, s", "duplicates", "seconds", ".2f"),
    Line("all hashes, memory, MiB", "duplicates", "peak_mib", ".0f"),
    Line("verdicts of all clips by other rules, s", "rules", "seconds", ".2f"),
    Line("verdicts, memory, MiB", "rules", "peak_mib", ".0f"),
    Line("writing the collection with its index, s", "make", "wall_s", ".0f"),
    Line("writing it, memory, MiB", "make", "peak_mib", ".0f"),
)


def page(results: Results, *, command: str, machine: str, load: str) -> str:
    """The whole page."""
    parts = [INTRODUCTION.format(command=command, machine=machine, load=load), table(results), "## Goals"]
    parts.append(goals(results) if LARGEST in results and BEFORE in results else "Not judged: they are for 1,000,000.")
    return "\n\n".join(parts) + "\n"


def table(results: Results) -> str:
    """Every line, by size, with the growth from each size to the next."""
    sizes = sorted(results)
    heads, rules = [""], ["---"]
    for number, size in enumerate(sizes):
        heads += [f"{size:,}", "growth"] if number else [f"{size:,}"]
        rules += ["---:", "---:"] if number else ["---:"]
    rows = [heads, rules]
    for line in LINES:
        values = [results[size].get(line.step, {}).get(line.figure) for size in sizes]
        cells = [line.title]
        for number, value in enumerate(values):
            cells.append("not installed" if value is None and line.step == "faiss" else _written(value, line.form))
            if number:
                cells.append(_growth(values[number - 1], value) if line.growth else "")
        rows.append(cells)
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def goals(results: Results) -> str:
    """The goals at a million clips: met, or missed with the figures that say why."""
    now, before = results[LARGEST], results[BEFORE]
    search, faiss, new, old = now["search"], now["faiss"], now["publish"], before["publish"]
    grown = ", ".join(
        f"{name} {old[key]:.1f} → {new[key]:.1f} s"
        for name, key in (("identities", "people_s"), ("duplicates", "duplicates_s"), ("the rest", "rest_s"))
    )
    most = max(
        (figures["peak_mib"], step) for step, figures in now.items() if "peak_mib" in figures and step != "faiss"
    )
    found = f"p50 {search['p50_ms']:.1f} ms at recall@10 {search['recall']:.3f}"
    lines = [
        _goal("search p50 ≤ 10 ms at recall@10 ≥ 0.95", search["p50_ms"] <= 10 and search["recall"] >= 0.95, found),
        _goal("publish of 1,000 clips ≤ 1.3 × its time at 100,000", new["publish_s"] <= 1.3 * old["publish_s"],
              f"{new['publish_s'] / old['publish_s']:.2f} ×: {grown}"),
        _goal("1 M hashes within 60 s", now["duplicates"]["seconds"] <= 60, f"{now['duplicates']['seconds']:.1f} s"),
        _goal("memory under 6 GB", most[0] * 1.048576 < 6000, f"at most {most[0]:,.0f} MiB, in {most[1]}"),
    ]  # fmt: skip
    if "p50_ms" in faiss:
        slower = f"p50 {search['p50_ms']:.1f} ms against {faiss['p50_ms']:.1f} ms at recall@10 {faiss['recall']:.3f}"
        faster = search["p50_ms"] <= faiss["p50_ms"]
        lines.insert(1, _goal("no slower than FAISS at the same recall", faster, slower))
    else:
        lines.insert(1, "- no slower than FAISS: **not measured**, the package `faiss-cpu` is not installed.")
    return "\n".join(lines)


def middle(runs: Sequence[Figures], key: Callable[[Figures], float]) -> Figures:
    """The run in the middle."""
    return sorted(runs, key=key)[len(runs) // 2]


def _goal(what: str, met: bool, figures: str) -> str:
    return f"- {what}: {'met' if met else '**missed**'}, {figures}."


def _written(value: object, form: str) -> str:
    return "–" if value is None else format(value, form)


def _growth(before: object, now: object) -> str:
    return f"{now / before:.1f} ×" if isinstance(before, float) and isinstance(now, float) and before else "–"
