"""The state of a collection as numbers that Prometheus reads: gauges from the published catalogue and the store."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.models import registry
from facelib.settings import Settings
from facelib.stages import pipeline
from facelib.stages.base import Params, Stage
from facelib.store import commits, documents, layout
from facelib.store.objects import Store

PREFIX = "facelib_"
_VERDICT = "CASE WHEN v.keep THEN 'keep' WHEN v.keep IS FALSE THEN 'drop' ELSE 'unknown' END"
_CLIPS = (
    f"SELECT {_VERDICT} AS verdict, count(*) AS n, sum(c.end_s - c.start_s) AS seconds "  # noqa: S608 - constants
    "FROM clips c LEFT JOIN verdicts v USING (clip_id) GROUP BY 1 ORDER BY 1"
)


@dataclass(frozen=True)
class Metric:
    """One gauge.

    Args:
        name: without the prefix.
        help: what it counts, with its unit.
        samples: labels and value of each.
    """

    name: str
    help: str
    samples: Sequence[tuple[Mapping[str, str], float]] = ()

    def lines(self) -> Iterator[str]:
        """In the text format of Prometheus, version 0.0.4; none without samples."""
        if self.samples:
            name = PREFIX + self.name
            yield f"# HELP {name} {_escaped(self.help)}"
            yield f"# TYPE {name} gauge"
            for labels, value in self.samples:
                inside = ",".join(f'{key}="{_escaped(text, quoted=True)}"' for key, text in labels.items())
                yield f"{name}{{{inside}}} {_number(value)}" if inside else f"{name} {_number(value)}"


def render(metrics: Iterable[Metric]) -> str:
    """Metrics in the text format of Prometheus.

    Example:
        >>> print(render([Metric("clips", "Clips.", [({"verdict": "keep"}, 3)])]), end="")
        # HELP facelib_clips Clips.
        # TYPE facelib_clips gauge
        facelib_clips{verdict="keep"} 3
    """
    return "".join(f"{line}\n" for metric in metrics for line in metric.lines())


def collect(store: Store, settings: Settings) -> list[Metric]:
    """The metrics of a store.

    Args:
        store: with a publication.
        settings: stages are stale where their results differ from these.

    Raises:
        StoreError: nothing was published yet.
    """
    with Catalog(store) as catalog:
        return [*_published(catalog), *_stages(catalog, settings), *_channels(catalog), *_waiting(store, catalog)]


def _published(catalog: Catalog) -> Iterator[Metric]:
    clips = catalog.rows(_CLIPS)
    yield _by(clips, "clips", "Clips in the published collection, by verdict.", "n", "verdict")
    yield _by(clips, "clip_seconds", "Length of these clips, seconds.", "seconds", "verdict")
    found = catalog.rows("SELECT state, count(*) AS n FROM downloads GROUP BY 1 ORDER BY 1")
    yield _by(found, "uploads", "Uploads that are known, by the state of their download.", "n", "state")
    found = catalog.rows("SELECT count(*) AS n, coalesce(sum(duration_s), 0.0) AS seconds FROM videos")
    yield _by(found, "videos", "Videos that were processed.", "n")
    yield _by(found, "video_seconds", "Length of these videos, seconds.", "seconds")
    found = catalog.rows("SELECT stage, reason, count(*) AS n FROM rejects GROUP BY 1, 2 ORDER BY 1, 2")
    yield _by(found, "rejects", "Candidates that a stage dropped, by reason.", "n", "stage", "reason")
    found = catalog.rows("SELECT stage, reason, count(*) AS n FROM quarantine GROUP BY 1, 2 ORDER BY 1, 2")
    yield _by(found, "quarantine", "Computations and downloads in quarantine.", "n", "stage", "reason")
    moment = _timestamp(catalog.publication.published)
    yield Metric("published_timestamp_seconds", "When the collection was published, Unix time.", [({}, moment)])


def _stages(catalog: Catalog, settings: Settings) -> Iterator[Metric]:
    found = catalog.rows("SELECT stage, round(sum(seconds), 3) AS n FROM stages GROUP BY 1 HAVING n > 0 ORDER BY 1")
    yield _by(found, "stage_seconds", "Time that the current results took, seconds.", "n", "stage")
    found = catalog.rows(
        "SELECT stage, count(*) AS n FROM stages WHERE starts_with(reason, 'not_computed') GROUP BY 1 ORDER BY 1"
    )
    yield _by(found, "not_computed", "Videos for which a stage has no result and no failure.", "n", "stage")
    samples = [({"stage": stage}, float(count)) for stage, count in stale(catalog, settings).items()]
    yield Metric("stale", "Videos whose result of a stage is not what the settings ask for.", samples)


def stale(catalog: Catalog, settings: Settings) -> dict[str, int]:
    """Videos whose result of a stage was made under other settings, by another version or other weights, by stage.

    A result is stale too when one that it reads is.
    """
    document = settings.pipeline_document()
    videos: dict[str, set[str]] = {}
    for stage in pipeline.active(document):
        params = pipeline.params_of(document, stage.name)
        own = {row["video_id"] for row in catalog.rows(*_differing(document, stage, params))}
        videos[stage.name] = own.union(*(videos.get(before, set()) for before in stage.reads(params)))
    return {stage: len(found) for stage, found in videos.items()}


def _differing(document: Mapping[str, Any], stage: type[Stage[Any]], params: Params) -> tuple[str, list[Any]]:
    """A query for the videos whose result of a stage was made otherwise; weights that are not known are not asked for.

    What has no result is not stale.
    """
    named = document.get(pipeline.WEIGHTS, {})
    digests = {model: named.get(model) or registry.entry(model).sha256 for model in stage.models(params)}
    made = {"version": stage.version, "params": documents.digest(params.model_dump(mode="json"))}
    if all(digests.values()):
        made["weights"] = " ".join(f"{model}={digest}" for model, digest in sorted(digests.items()))
    condition = " OR ".join(f"{column} IS DISTINCT FROM ?" for column in made)
    sql = f"SELECT DISTINCT video_id FROM stages WHERE stage = ? AND reason = '' AND ({condition})"  # noqa: S608
    return sql, [stage.name, *made.values()]


def _channels(catalog: Catalog) -> Iterator[Metric]:
    found = catalog.rows(
        "SELECT c.channel_id AS channel, c.last_listed, max(u.upload_day) AS newest FROM channels c "
        "LEFT JOIN sightings s USING (channel_id) LEFT JOIN uploads u USING (video_id) GROUP BY ALL ORDER BY 1"
    )
    listed = [({"channel": row["channel"]}, _timestamp(row["last_listed"])) for row in found]
    yield Metric("channel_listed_timestamp_seconds", "When a channel was last listed, Unix time.", listed)
    newest = [({"channel": row["channel"]}, _timestamp(row["newest"])) for row in found if row["newest"]]
    help_ = "Begin of the UTC day of the newest upload of a channel that is known, Unix time."
    yield Metric("channel_newest_upload_timestamp_seconds", help_, newest)


def _waiting(store: Store, catalog: Catalog) -> Iterator[Metric]:
    read = {row["key"] for row in catalog.rows("SELECT key FROM read_log")}
    commits_ = float(len(commits.all_names(store, known=read)))
    yield Metric("commits_waiting", "Commit records that were not published yet.", [({}, commits_)])
    pending = sum(len(store.names(f"{layout.PENDING}/{day}")) for day in store.names(layout.PENDING))
    yield Metric("videos_waiting", "Downloaded videos that wait for their commit.", [({}, float(pending))])


def _by(rows: Iterable[Mapping[str, Any]], name: str, help_: str, value: str, *labels: str) -> Metric:
    return Metric(name, help_, [({key: str(row[key]) for key in labels}, float(row[value])) for row in rows])


def _timestamp(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _escaped(text: str, *, quoted: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quoted else text
