"""The final table of the demo: what came in, what came out, and what it took."""

from dataclasses import dataclass, field

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from facelib.catalog.reader import Catalog
from facelib.collection.state.summary import summary
from facelib.settings import Settings
from facelib.stages.pipeline import active
from facelib.store import plans, published
from facelib.store.objects import Store
from facelib.store.plans import Manifest

SHOWN_QUARANTINE = 10
_LONG_SECONDS = 120


@dataclass
class RunNumbers:
    """What this run did, as its tasks reported it."""

    seen: int = 0
    new: int = 0
    downloaded: int = 0
    not_fetched: int = 0
    wall_seconds: float = 0.0
    manifests: list[Manifest] = field(default_factory=list)

    def computed(self) -> int:
        """Results that this run computed."""
        return sum(manifest.done for manifest in self.manifests)

    def quarantined(self) -> int:
        """Uploads that this run put in quarantine."""
        return self.not_fetched + sum(manifest.quarantined for manifest in self.manifests)


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "upload"), counted(0, "upload")
    ('1 upload', '0 uploads')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """A time for people.

    >>> duration(96.4), duration(192)
    ('96 s', '3 min 12 s')
    """
    whole = round(seconds)
    return f"{whole} s" if whole < _LONG_SECONDS else f"{whole // 60} min {whole % 60} s"


def new_manifests(store: Store, before: list[Manifest]) -> list[Manifest]:
    """The manifests written since ``before`` was read.

    A stage of an earlier plan may have run again, so the new ones are anywhere among the old ones.
    """
    found = plans.manifests(store)
    for manifest in before:
        found.remove(manifest)
    return found


def print_report(console: Console, settings: Settings, numbers: RunNumbers) -> None:
    """Print the table, and what is in quarantine."""
    store = settings.open_store()
    table = Table(title="what came out", title_justify="left")
    table.add_column("")
    table.add_column("this run", justify="right")
    table.add_column("in all", justify="right")
    if published.newest(store) is None:
        table.add_row("uploads seen", str(numbers.seen))
        table.add_row("  new", str(numbers.new))
        console.print(table, "nothing was published yet", sep="\n")
        return
    with Catalog(store) as catalog:
        _add_counts(table, settings, numbers, catalog)
    table.add_section()
    for stage in [stage.name for stage in active(settings.pipeline_document())]:
        seconds = sum(manifest.seconds for manifest in numbers.manifests if manifest.stage == stage)
        table.add_row(f"time in {stage}", f"{seconds:.1f} s")
    table.add_row("whole run", duration(numbers.wall_seconds))
    console.print(table)
    _print_quarantine(console, store)


def _add_counts(table: Table, settings: Settings, numbers: RunNumbers, catalog: Catalog) -> None:
    total = summary(settings.open_store())
    computed = catalog.rows("SELECT count(*) AS n FROM stages WHERE reason = ''")[0]["n"]
    table.add_row("uploads seen", str(numbers.seen), str(total["uploads"]))
    table.add_row("  new", str(numbers.new))
    table.add_row("  downloaded", str(numbers.downloaded))
    table.add_row("  in quarantine", str(numbers.quarantined()), str(sum(total["quarantine_by_reason"].values())))
    table.add_row("results computed", str(numbers.computed()), str(computed))
    table.add_section()
    table.add_row("shots", "", str(total["shots"]))
    table.add_row("tracks", "", str(total["tracks"]))
    table.add_row("clips", "", str(total["clips"]))
    table.add_row("  their length", "", f"{total['clip_seconds']:.1f} s")
    _add_people(table, catalog)
    dropped = total["dropped_by_reason"]
    table.add_row("candidates dropped", "", str(sum(dropped.values())))
    for reason, count in dropped.items():
        table.add_row(f"  {reason}", "", str(count))


def _add_people(table: Table, catalog: Catalog) -> None:
    (known,) = catalog.rows(
        "SELECT count(*) AS clips, count(*) FILTER (person_id = '') AS waiting, "
        "count(DISTINCT nullif(person_id, '')) AS people FROM clip_people"
    )
    table.add_row("different people", "", str(known["people"]) if known["clips"] else "no face was compared")
    if known["waiting"]:
        table.add_row("  clips without one yet", "", str(known["waiting"]))


def _print_quarantine(console: Console, store: Store) -> None:
    with Catalog(store) as catalog:
        rows = catalog.rows(
            "SELECT q.stage, q.reason, q.message, coalesce(u.title, q.video_id) AS title "
            "FROM quarantine q LEFT JOIN uploads u USING (video_id) ORDER BY q.entered"
        )
    if rows:
        console.print("In quarantine, not tried again until released:")
    for row in rows[:SHOWN_QUARANTINE]:
        console.print(Padding(Text(f"{row['title']} ({row['stage']}: {row['reason']})"), (0, 0, 0, 2)))
        console.print(Padding(Text(row["message"], style="dim"), (0, 0, 0, 4)))
    if len(rows) > SHOWN_QUARANTINE:
        console.print(f"  and {len(rows) - SHOWN_QUARANTINE} more")
