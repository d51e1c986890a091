import dataclasses

import pytest

from facelib.curate.verify import Reference, verify
from facelib.errors import StoreError

ADA = Reference("Ada", "arcface_w600k_r50", "d" * 64, "cosine", 0.55, (1.0, 0.0))
CLIPS = {"b": [0.0, 2.0], "a": [3.0, 0.0], "c": [1.0, 1.0]}


def test_clips_come_nearest_first_by_the_metric_of_the_model() -> None:
    found = verify(CLIPS, ADA, model=ADA.model, digest=ADA.digest)
    assert [(verdict.clip_id, verdict.same_person) for verdict in found] == [("a", True), ("c", True), ("b", False)]
    assert [verdict.distance for verdict in found] == pytest.approx([0, 1 - 0.5**0.5, 1])


def test_a_distance_at_the_threshold_is_someone_else() -> None:
    at = dataclasses.replace(ADA, metric="l2", same_person=1.0)
    assert not verify({"x": [2.0, 0.0]}, at, model=ADA.model, digest=ADA.digest)[0].same_person


@pytest.mark.parametrize(("model", "digest"), [("dlib_resnet", "d" * 64), (ADA.model, "e" * 64)])
def test_vectors_of_other_weights_are_an_error(model: str, digest: str) -> None:
    with pytest.raises(StoreError) as refused:
        verify(CLIPS, ADA, model=model, digest=digest)
    assert refused.value.reason == "wrong_model"


def test_vectors_of_another_length_are_an_error() -> None:
    with pytest.raises(StoreError, match="2 numbers, the clips have 3"):
        verify({"x": [1.0, 2.0, 3.0]}, ADA, model=ADA.model, digest=ADA.digest)


def test_no_clips_give_no_verdicts() -> None:
    assert verify({}, ADA, model=ADA.model, digest=ADA.digest) == []


def test_a_reference_survives_a_file() -> None:
    assert Reference.from_json(ADA.to_json()) == ADA


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"vector": [1], "name": "x"}', '{"vector": ["a"]}'])
def test_other_text_is_no_reference(text: str) -> None:
    with pytest.raises(StoreError) as refused:
        Reference.from_json(text)
    assert refused.value.reason == "bad_reference"
