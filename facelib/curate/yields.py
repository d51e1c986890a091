"""Where the hours go: in and out by stage and reason, seconds of compute, and hours kept for each hour of compute.

Hours of stages up to ``detect`` are hours of uploads. ``track`` takes in hours of faces: two faces at a time count
twice. After it, hours are hours of clips. Seconds are those of the results that are current, and of downloads.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

Ask = Callable[[str], list[dict[str, Any]]]
"""Runs a query on the catalogue and gives its rows by column name."""

BY = ("stage", "day", "channel")
_H = 3600.0
_CLIP_H = "(clips.end_frame - clips.start_frame) / 90000.0"
_LENGTH = "coalesce(videos.duration_s, uploads.duration_s, 0.0) / 3600.0"
"""Hours of an upload: as measured, else as its source tells."""
_ON_UPLOADS = ("probe", "detect")
_UPLOADS = f"(SELECT uploads.*, {_LENGTH} AS hours FROM uploads LEFT JOIN videos USING (video_id)) AS u"  # noqa: S608


@dataclass(frozen=True)
class Loss:
    """Hours that a stage left out for one reason, and of how many things."""

    reason: str
    hours: float
    count: int


@dataclass(frozen=True)
class StageYield:
    """What went into a stage and came out of it.

    Args:
        stage: download, a stage of the pipeline, or rules.
        of: what the hours are of: uploads, faces or clips.
        hours_in, hours_out: the difference is lost, but for ``rules``, where a clip may fail several.
        seconds: of compute; None where none is spent.
        lost: by reason, the most hours first.
    """

    stage: str
    of: str
    hours_in: float
    hours_out: float
    seconds: float | None
    lost: tuple[Loss, ...]


@dataclass(frozen=True)
class GroupYield:
    """A day's or a channel's hours. Counted under its upload's day and the channel that showed it first."""

    name: str
    uploads: int
    hours_listed: float
    hours_downloaded: float
    clips: int
    hours_clips: float
    hours_kept: float
    compute_s: float
    kept_per_compute_hour: float | None


@dataclass(frozen=True)
class Yields:
    """Hours and cost of a collection; ``groups`` by what was asked for."""

    total: GroupYield
    stages: tuple[StageYield, ...]
    groups: tuple[GroupYield, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def yields(ask: Ask, by: str = "stage") -> Yields:
    """The yield of a collection.

    Args:
        ask: a reader of the catalogue.
        by: ``stage``, ``day`` or ``channel``: what ``groups`` holds; none for ``stage``.
    """
    column = {"stage": "''", "day": "coalesce(u.upload_day, '')", "channel": "coalesce(u.channel_id, '')"}[by]
    groups = () if by == "stage" else tuple(_groups(ask, column))
    return Yields(_groups(ask, "'all'")[0], tuple(_stages(ask)), groups)


def _groups(ask: Ask, name: str) -> list[GroupYield]:
    """One row a group. ``name`` is an expression of ours on ``uploads u``."""
    rows = ask(
        f"SELECT {name} AS name, count(u.video_id) AS uploads, coalesce(sum(u.hours), 0.0) AS hours_listed, "  # noqa: S608
        "coalesce(sum(u.hours) FILTER (d.state = 'downloaded'), 0.0) AS hours_downloaded, "
        "coalesce(sum(c.clips), 0)::BIGINT AS clips, coalesce(sum(c.hours), 0.0) AS hours_clips, "
        "coalesce(sum(c.kept), 0.0) AS hours_kept, "
        "coalesce(sum(s.seconds), 0.0) + coalesce(sum(d.seconds), 0.0) AS compute_s "
        f"FROM {_UPLOADS} LEFT JOIN downloads AS d USING (video_id) "
        f"LEFT JOIN (SELECT video_id, count(*) AS clips, sum({_CLIP_H}) AS hours, "
        f"sum({_CLIP_H}) FILTER (verdicts.keep) AS kept FROM clips LEFT JOIN verdicts USING (video_id, clip_id) "
        "GROUP BY 1) AS c USING (video_id) "
        "LEFT JOIN (SELECT video_id, sum(seconds) AS seconds FROM stages GROUP BY 1) AS s USING (video_id) "
        + ("" if name == "'all'" else "GROUP BY 1 ORDER BY 1")
    )
    return [GroupYield(**row, kept_per_compute_hour=_per_hour(row)) for row in rows]


def _per_hour(row: dict[str, Any]) -> float | None:
    return row["hours_kept"] / (row["compute_s"] / _H) if row["compute_s"] else None


def _stages(ask: Ask) -> list[StageYield]:
    seconds = {
        row["stage"]: row["seconds"] for row in ask("SELECT stage, sum(seconds) AS seconds FROM stages GROUP BY 1")
    }
    clip_hours = ask(f"SELECT coalesce(sum({_CLIP_H}), 0.0) AS n FROM clips")[0]["n"]  # noqa: S608
    names = [name for name in sorted(seconds) if name not in (*_ON_UPLOADS, "track", "download")]
    first = [name for name in _ON_UPLOADS if name in seconds]
    return [
        _download(ask),
        *(_on_uploads(ask, name, seconds[name]) for name in first),
        _track(ask, clip_hours, seconds.get("track")),
        *(_on_clips(ask, name, clip_hours, seconds[name]) for name in names),
        _rules(ask, clip_hours),
    ]


def _download(ask: Ask) -> StageYield:
    lost = ask(
        "SELECT coalesce(nullif(d.reason, ''), d.state, 'not_tried') AS reason, sum(u.hours) AS hours, "  # noqa: S608
        f"count(*) AS count FROM {_UPLOADS} LEFT JOIN downloads AS d USING (video_id) "
        "WHERE d.state IS DISTINCT FROM 'downloaded' GROUP BY 1"
    )
    both = ask(
        "SELECT coalesce(sum(u.hours), 0.0) AS hours_in, "  # noqa: S608
        "coalesce(sum(u.hours) FILTER (d.state = 'downloaded'), 0.0) AS hours_out, sum(d.seconds) AS seconds "
        f"FROM {_UPLOADS} LEFT JOIN downloads AS d USING (video_id)"
    )[0]
    return StageYield("download", "uploads", **both, lost=_losses(lost))


def _on_uploads(ask: Ask, stage: str, seconds: float | None) -> StageYield:
    """What another stage stopped is counted there alone."""
    rows = ask(
        f"SELECT reason, sum(u.hours) AS hours, count(*) AS count FROM stages JOIN {_UPLOADS} USING (video_id) "  # noqa: S608
        f"WHERE stage = '{stage}' AND NOT starts_with(reason, 'after ') GROUP BY 1"
    )
    return _by_reason(stage, "uploads", rows, seconds)


def _track(ask: Ask, hours_out: float, seconds: float | None) -> StageYield:
    """What was dropped as a whole track, as part of one, and what lies in no window of 25 frames/s."""
    hours = "(tracks.end_frame - tracks.start_frame) / 90000.0"
    hours_in = ask(f"SELECT coalesce(sum({hours}), 0.0) AS n FROM tracks")[0]["n"]  # noqa: S608
    lost = ask(
        f"SELECT rejects.reason, sum({hours}) AS hours, count(*) AS count FROM rejects "  # noqa: S608
        "JOIN tracks USING (video_id, start_frame, number) "
        "WHERE rejects.stage = 'track' AND rejects.kind = 'track' GROUP BY 1"
    )
    short = ask(
        "SELECT 'window_' || reason AS reason, sum(measured) / 3600.0 AS hours, count(*) AS count FROM rejects "
        "WHERE stage = 'track' AND kind = 'clip' AND unit = 's' GROUP BY 1"
    )
    return StageYield("track", "faces", hours_in, hours_out, seconds, _losses([*lost, *short]))


def _on_clips(ask: Ask, stage: str, clip_hours: float, seconds: float | None) -> StageYield:
    rows = ask(
        f"SELECT reason, sum({_CLIP_H}) AS hours, count(*) AS count FROM stages JOIN clips USING (video_id) "  # noqa: S608
        f"WHERE stage = '{_quoted(stage)}' AND reason <> '' GROUP BY 1"
    )
    done = ask(
        f"SELECT coalesce(sum({_CLIP_H}), 0.0) AS n FROM stages JOIN clips USING (video_id) "  # noqa: S608
        f"WHERE stage = '{_quoted(stage)}' AND reason = ''"
    )[0]["n"]
    return StageYield(stage, "clips", clip_hours, done, seconds, _losses(rows))


def _rules(ask: Ask, clip_hours: float) -> StageYield:
    failed = ask(
        f"SELECT rule AS reason, sum({_CLIP_H}) AS hours, count(*) AS count "  # noqa: S608
        "FROM failed_rules JOIN clips USING (video_id, clip_id) GROUP BY 1"
    )
    unknown = ask(
        f"SELECT 'unknown: ' || unknown_rules AS reason, sum({_CLIP_H}) AS hours, count(*) AS count "  # noqa: S608
        "FROM verdicts JOIN clips USING (video_id, clip_id) WHERE keep IS NULL GROUP BY 1"
    )
    kept = ask(
        f"SELECT coalesce(sum({_CLIP_H}), 0.0) AS n FROM verdicts JOIN clips USING (video_id, clip_id) WHERE keep"  # noqa: S608
    )[0]["n"]
    return StageYield("rules", "clips", clip_hours, kept, None, _losses([*failed, *unknown]))


def _by_reason(stage: str, of: str, rows: list[dict[str, Any]], seconds: float | None) -> StageYield:
    """Rows by reason, where the empty reason is what came through."""
    total = sum(row["hours"] for row in rows)
    through = sum(row["hours"] for row in rows if not row["reason"])
    return StageYield(stage, of, total, through, seconds, _losses([row for row in rows if row["reason"]]))


def _losses(rows: list[dict[str, Any]]) -> tuple[Loss, ...]:
    return tuple(sorted((Loss(**row) for row in rows), key=lambda loss: (-loss.hours, loss.reason)))


def _quoted(name: str) -> str:
    return name.replace("'", "''")
