"""The lane of a run: the daily one goes before the backfill one wherever both wait for the same slots."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from operators.assets import required_day

Lane = Literal["daily", "backfill"]


def is_backfill(dag_run: Any) -> bool:
    """Whether a run belongs to a backfill; every other run, started by time or by hand, takes whatever is new."""
    return bool(dag_run.run_type == "backfill")


def lane_of_run(dag_run: Any) -> Lane:
    """Lane of a run that looks for videos."""
    return "backfill" if is_backfill(dag_run) else "daily"


def lane_of_events(events: Mapping[Any, Iterable[Any]], chosen: str = "auto") -> Lane:
    """Lane of a run that asset events started: backfill only where every event came from a backfill.

    Args:
        events: ``triggering_asset_events`` of the task context, asset to events.
        chosen: a lane named by whoever started the run by hand, or ``auto``.
    """
    if chosen in ("daily", "backfill"):
        return "backfill" if chosen == "backfill" else "daily"
    lanes = [(event.extra or {}).get("lane") for asset in events.values() for event in asset]
    return "backfill" if lanes and all(lane == "backfill" for lane in lanes) else "daily"


def day_of_run(dag_run: Any, partition_key: str | None, chosen: str | None) -> str:
    """The one day whose uploads a run fetches; empty for all days.

    Args:
        dag_run: a run of a backfill fetches the day of its partition key.
        partition_key: of the run.
        chosen: a day named by whoever started the run by hand.
    """
    if is_backfill(dag_run):
        return required_day(partition_key)
    return required_day(chosen) if chosen else ""
