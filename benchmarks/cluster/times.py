"""What stages cost: seconds of compute per second of source, as the manifests of a store tell."""

from collections import defaultdict
from dataclasses import dataclass

from facelib.stages.pipeline import PIPELINE
from facelib.store import plans
from facelib.store.objects import Store


@dataclass(frozen=True)
class Times:
    """Seconds of compute per second of source, by stage, and how many seconds of source they were measured on."""

    by_stage: dict[str, float]
    source_s: float


def measured(store: Store) -> Times:
    """Times of every stage that ran in a store.

    Raises:
        ValueError: no stage ran there.
    """
    seconds: dict[str, float] = defaultdict(float)
    source = 0.0
    for manifest in plans.manifests(store):
        seconds[manifest.stage] += manifest.seconds
        source += manifest.media_seconds if manifest.stage == "probe" else 0.0
    if not source:
        raise ValueError(f"no stage has run in the store {store.root}")
    names = [stage.name for stage in PIPELINE if seconds[stage.name]]
    return Times({name: seconds[name] / source for name in names}, source)
