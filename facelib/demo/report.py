"""The final table of the demo: what came in, what came out, and what it took."""

from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from facelib.errors import FacelibError
from facelib.search import FaceSearch
from facelib.settings import Settings
from facelib.store import plans
from facelib.store.objects import Store
from facelib.store.plans import Manifest
from facelib.summary import summary


@dataclass
class RunNumbers:
    """What this run did, as its tasks reported it."""

    seen: int = 0
    new: int = 0
    downloaded: int = 0
    wall_seconds: float = 0.0
    manifests: list[Manifest] = field(default_factory=list)

    def seconds_by_stage(self) -> dict[str, float]:
        """Seconds of each stage in this run."""
        seconds: dict[str, float] = {}
        for manifest in self.manifests:
            seconds[manifest.stage] = seconds.get(manifest.stage, 0.0) + manifest.seconds
        return seconds

    def computed(self) -> int:
        """Results that this run computed."""
        return sum(manifest.done for manifest in self.manifests)


def new_manifests(store: Store, before: int) -> list[Manifest]:
    """The manifests written since there were ``before`` of them."""
    return plans.manifests(store)[before:] if before else plans.manifests(store)


def print_report(console: Console, settings: Settings, numbers: RunNumbers) -> None:
    """Print the table."""
    store = settings.open_store()
    total = summary(store)
    table = Table(title="what came out", title_justify="left")
    for heading, justify in (("", "left"), ("this run", "right"), ("in all", "right")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    table.add_row("uploads seen", str(numbers.seen), str(total["uploads"]))
    table.add_row("uploads new", str(numbers.new), "")
    table.add_row("uploads downloaded", str(numbers.downloaded), "")
    table.add_row("results computed", str(numbers.computed()), "")
    quarantined = sum(total["quarantine_by_reason"].values())
    table.add_row("uploads quarantined", _this_run(numbers, "quarantined"), str(quarantined))
    for reason, count in total["quarantine_by_reason"].items():
        table.add_row(f"  {reason}", "", str(count))
    table.add_section()
    table.add_row("shots", "", str(total["shots"]))
    table.add_row("tracks", "", str(total["tracks"]))
    table.add_row("clips kept", "", f"{total['clips']} ({total['clip_seconds']:.1f} s)")
    dropped = total["dropped_by_reason"]
    table.add_row("candidates dropped", "", str(sum(dropped.values())))
    for reason, count in dropped.items():
        table.add_row(f"  {reason}", "", str(count))
    table.add_row("people found", "", people_found(settings))
    table.add_section()
    stages = numbers.seconds_by_stage()
    for stage, seconds in total["seconds_by_stage"].items():
        table.add_row(f"{stage}, s", f"{stages.get(stage, 0.0):.1f}", f"{seconds:.1f}")
    table.add_row("whole run, s", f"{numbers.wall_seconds:.0f}", "")
    console.print(table)


def people_found(settings: Settings) -> str:
    """The number of different people among the clips, or why it is not known."""
    try:
        return str(len(set(FaceSearch(settings).people().values())))
    except (FacelibError, ValueError) as error:
        return f"unknown: {error}"


def _this_run(numbers: RunNumbers, count: str) -> str:
    return str(sum(getattr(manifest, count) for manifest in numbers.manifests))
