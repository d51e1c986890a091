"""A published collection whose clips differ in one value, for tests of what people decide about them."""

import copy
import shutil
from pathlib import Path
from typing import Self

import numpy as np

from facelib.catalog.reader import Catalog
from facelib.collection import rules
from facelib.collection.review import reviews
from facelib.curate.review_events import ReviewEvents
from facelib.curate.rules import Rule, RuleSet
from facelib.publish import publish
from facelib.store.objects import Store
from tests.support.collections import list_channel
from tests.support.people import commit_faces

VIDEO = "toy_judged-0123456789"
LATER = RuleSet(
    name="later",
    rules=(
        Rule(name="late", column="clips.start_frame", min=200),
        Rule(name="sound", column="clips.has_audio", equals=True),
    ),
)
"""Of the ten clips, each 50 frames after the one before, the last six pass; the unit is frames."""


class Judged:
    """Ten clips of 2 s of one video, under a rule set that the first four fail."""

    def __init__(self, folder: Path, *, rule_set: RuleSet | None = LATER) -> None:
        self.store = Store(folder / "store")
        list_channel(self.store, [VIDEO])
        self.clips = self.commit()
        if rule_set:
            rules.put_in_force(self.store, rule_set)
        publish(self.store)

    def copied(self, folder: Path) -> Self:
        """The same in a store of its own: cheaper than another one that is published."""
        other = copy.copy(self)
        shutil.copytree(self.store.root, folder / "store")
        other.store = Store(folder / "store")
        return other

    def commit(self, *, tag: str = "a", late: int = 0, generation: int = 1) -> list[str]:
        """Cut the clips (anew): ids with another tag, this many frames later."""
        vectors = np.eye(10, 16, dtype=np.float32)
        return commit_faces(self.store, VIDEO, vectors, tag=tag, late=late, generation=generation)

    def judge(self, clip: int, verdict: str, by: str = "anna", **more: object) -> str:
        """Review a clip by its number; returns the id of the event."""
        with Catalog(self.store) as catalog:
            return reviews.judge(self.store, catalog, self.clips[clip], verdict, by, **more).event_id  # type: ignore[arg-type]

    def events(self) -> ReviewEvents:
        """Everything that was decided until now."""
        with Catalog(self.store) as catalog:
            return reviews.read(self.store, catalog)

    def verdicts(self) -> dict[str, tuple[bool | None, bool | None, str]]:
        """Published verdict, that of the rules, and who decided, by clip."""
        with Catalog(self.store) as catalog:
            rows = catalog.rows("SELECT clip_id, keep, rules_keep, decided_by FROM verdicts")
        return {row["clip_id"]: (row["keep"], row["rules_keep"], row["decided_by"]) for row in rows}
