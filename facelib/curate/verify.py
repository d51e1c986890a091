"""Holds clips against a named person: the vector of each clip against a reference vector of the same model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from facelib.distances import distance
from facelib.errors import StoreError


@dataclass(frozen=True)
class Reference:
    """A person to hold clips against; kept as JSON, it holds no picture and no path.

    Args:
        name: who it is.
        model: the model that made the vector, by its name in the registry.
        digest: sha256 of the weights of that model.
        metric: of the vector: ``l2`` or ``cosine``.
        same_person: the distance below which a face counts as this person's.
        vector: the reference.
    """

    name: str
    model: str
    digest: str
    metric: str
    same_person: float
    vector: tuple[float, ...]

    def to_json(self) -> str:
        """As text, for a file."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Reference":
        """From the text of :meth:`to_json`.

        Raises:
            StoreError: it is something else.
        """
        try:
            values = json.loads(text)
            numbers = tuple(float(number) for number in values.pop("vector"))
            found = cls(**values, vector=numbers)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise StoreError(f"this is no reference of a person: {error}", reason="bad_reference") from error
        return found


@dataclass(frozen=True)
class Verdict:
    """A clip held against a reference: the distance in the metric of the model, and whether it is that person."""

    clip_id: str
    distance: float
    same_person: bool


def verify(vectors: Mapping[str, Sequence[float]], reference: Reference, *, model: str, digest: str) -> list[Verdict]:
    """Hold clips against a person, nearest first.

    Args:
        vectors: the vector of each clip, by clip id.
        reference: the person.
        model: the model that made these vectors.
        digest: sha256 of its weights.

    Raises:
        StoreError: the reference is of another model; vectors of different models say nothing of each other.

    Example:
        >>> person = Reference("Ada", "toy", "d", "l2", 0.6, (0.0, 1.0))
        >>> verify({"a": [0.0, 0.5], "b": [3.0, 1.0]}, person, model="toy", digest="d")[0]
        Verdict(clip_id='a', distance=0.5, same_person=True)
    """
    if (reference.model, reference.digest) != (model, digest):
        raise StoreError(
            f"the reference of {reference.name} was made by {reference.model} ({reference.digest[:12]}), "
            f"the vectors of the clips by {model} ({digest[:12]})",
            hint="make the reference again with the same model",
            reason="wrong_model",
        )
    if not vectors:
        return []
    clips = np.array(list(vectors.values()), np.float32)
    if clips.shape[1] != len(reference.vector):
        raise StoreError(
            f"the reference of {reference.name} has {len(reference.vector)} numbers, the clips have {clips.shape[1]}",
            reason="wrong_model",
        )
    found = distance(clips, np.array(reference.vector, np.float32), reference.metric)
    verdicts = [Verdict(c, float(d), bool(d < reference.same_person)) for c, d in zip(vectors, found, strict=True)]
    return sorted(verdicts, key=lambda verdict: (verdict.distance, verdict.clip_id))
