"""What people decided about persons: merge, split, apart, name, hide. Events by time, and what follows from all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MERGE, SPLIT, APART, NAME, HIDE = "merge", "split", "apart", "name", "hide"
KINDS = (MERGE, SPLIT, APART, NAME, HIDE)


@dataclass
class PersonEvents:
    """What is in force.

    Args:
        merged: by person that is no more, the person it went into and who decided; may itself have gone on.
        moved: by clip that people moved, the person and who decided.
        places: by such a clip, where in the source it was, as the event says it.
        names: by person, the name it was given last.
        hidden: by person, whether it was hidden last.
        apart: pairs of persons that people told apart.
    """

    merged: dict[str, tuple[str, str]] = field(default_factory=dict)
    moved: dict[str, tuple[str, str]] = field(default_factory=dict)
    places: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, bool] = field(default_factory=dict)
    apart: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, events: Iterable[tuple[str, str, Mapping[str, Any]]]) -> "PersonEvents":
        """Take in events.

        Args:
            events: kind, who decided, and value of each, in order of time. Other kinds are passed over.

        Example:
            >>> events = PersonEvents.of([("merge", "anna", {"into": "p1", "persons": ["p2"]}),
            ...                           ("name", "anna", {"person": "p2", "name": "Ada"})])
            >>> events.person("p2"), events.name("p1")
            ('p1', 'Ada')
        """
        found = cls()
        for kind, by, value in events:
            found.take(kind, by, value)
        return found

    def take(self, kind: str, by: str, value: Mapping[str, Any]) -> None:
        """Take in one more event."""
        if kind == MERGE:
            into = self.person(value["into"])
            for other in map(self.person, value["persons"]):
                if other != into:
                    self.merged[other] = (into, by)
        elif kind == SPLIT:
            self.apart.add((value["person"], value["new_person"]))
            # Clips that go to a person that was merged away bring it back: the merge is undone.
            self.merged.pop(value["new_person"], None)
            for clip in value["clips"]:
                self.moved[clip["clip_id"]] = (value["new_person"], by)
                # The last split is the newest place, also of a clip that was split before.
                self.places.pop(clip["clip_id"], None)
                self.places[clip["clip_id"]] = clip
        elif kind == APART:
            one, other = value["persons"]
            self.apart.add((one, other))
        elif kind == NAME:
            self.names.pop(value["person"], None)
            self.names[value["person"]] = value["name"]
        elif kind == HIDE:
            self.hidden.pop(value["person"], None)
            self.hidden[value["person"]] = bool(value["hidden"])

    def person(self, person_id: str) -> str:
        """Whom a person is now, after all merges."""
        while person_id in self.merged:
            person_id = self.merged[person_id][0]
        return person_id

    def name(self, person_id: str) -> str:
        """The name of a person: its own, else the last one of those that went into it; empty without one."""
        return str(self._of(self.names, person_id, ""))

    def is_hidden(self, person_id: str) -> bool:
        """Whether a person is hidden; by its own last event, else by those that went into it."""
        return bool(self._of(self.hidden, person_id, False))

    def told_apart(self) -> set[tuple[str, str]]:
        """Pairs of persons, smaller id first, that are two because people said so."""
        pairs = {tuple(sorted((self.person(a), self.person(b)))) for a, b in self.apart}
        return {(a, b) for a, b in pairs if a != b}

    def touched(self) -> set[str]:
        """Persons that have a name or were hidden, as they are now."""
        return {self.person(person_id) for person_id in (*self.names, *self.hidden)}

    def _of(self, values: dict[str, Any], person_id: str, default: Any) -> Any:
        if person_id in values:
            return values[person_id]
        return next((values[other] for other in reversed(values) if self.person(other) == person_id), default)
