import numpy as np
import pytest

from facelib.models.faces import Faces
from facelib.stages.detect_params import DetectParams
from facelib.stages.face_rules import judge

SIZE = (1000, 500)


def faces(*rows: tuple[float, ...]) -> Faces:
    """Rows of x1 y1 x2 y2 score."""
    numbers = np.array(rows, np.float32).reshape(-1, 5)
    return Faces(numbers[:, :4], numbers[:, 4], np.zeros((len(numbers), 5, 2), np.float32))


def outcome(found: Faces, **params: object) -> tuple[list[int], list[tuple[int, str]]]:
    """Numbers of the faces that are kept, and the others with the reason."""
    judged = judge(50, found, SIZE, DetectParams(**params))  # type: ignore[arg-type]
    assert [(r["number"], r["reason"]) for r in judged.rejected] == [(r.number, r.reason) for r in judged.rejects]
    assert all(r["frame"] == 50 for r in judged.faces + judged.rejected)
    assert {r["number"] for r in judged.faces + judged.rejected} == set(range(len(found)))
    return [row["number"] for row in judged.faces], [(row["number"], row["reason"]) for row in judged.rejected]


BOX = (100.0, 100.0, 200.0, 160.0)


@pytest.mark.parametrize(
    ("box", "params", "reason"),
    [
        ((*BOX, 0.5), {}, None),
        ((*BOX, 0.49), {}, "low_score"),
        ((*BOX, 0.4), {"min_score": 0.4}, None),
        ((*BOX, 0.9), {"min_side": 60}, None),
        ((*BOX, 0.9), {"min_side": 61}, "small_face"),
        ((100.4, 100.4, 159.6, 200, 0.9), {"min_side": 60}, "small_face"),
        ((100.4, 100.4, 159.6, 200, 0.9), {"min_side": 60, "whole_pixels": True}, None),
        # A tenth of the width is reached and not passed; of the height, 60 of 500 is more.
        ((*BOX, 0.9), {"min_share": 0.1}, "small_share"),
        ((100, 100, 201, 160, 0.9), {"min_share": 0.1}, None),
        ((100, 100, 300, 150, 0.9), {"min_share": 0.1}, "small_share"),
        ((5, 5, 100, 100, 0.9), {"border": 5}, None),
        ((4.9, 5, 100, 100, 0.9), {"border": 5}, "near_border"),
        ((4.9, 5, 100, 100, 0.9), {"border": 0}, None),
        ((900, 400, 995, 495, 0.9), {"border": 5}, None),
        ((900, 400, 995.5, 495, 0.9), {"border": 5}, "near_border"),
        ((-3, 5, 100, 100, 0.9), {"border": 0}, None),
        ((0, 0, 10, 10, 0.1), {"min_side": 50, "border": 5}, "low_score"),
    ],
)
def test_rules(box: tuple[float, ...], params: dict[str, object], reason: str | None) -> None:
    kept, rejected = outcome(faces(box), **params)
    assert (kept, rejected) == (([0], []) if reason is None else ([], [(0, reason)]))


WIDE = (100, 100, 300, 150, 0.8)
LARGE = (400, 100, 550, 300, 0.7)
SURE = (700, 100, 760, 160, 0.95)
DIM = (100, 200, 500, 480, 0.4)
"""The largest and widest, but with a low score."""


@pytest.mark.parametrize(
    ("policy", "choose_from", "kept"),
    [
        ("all", "passed", [0, 1, 2]),
        ("largest", "passed", [1]),
        ("widest", "passed", [0]),
        ("first", "passed", [2]),
        ("largest", "found", []),
        ("widest", "found", []),
        ("first", "found", [2]),
    ],
)
def test_policies(policy: str, choose_from: str, kept: list[int]) -> None:
    found, rejected = outcome(faces(WIDE, LARGE, SURE, DIM), policy=policy, choose_from=choose_from)
    assert found == kept
    assert dict(rejected)[3] == "low_score"
    assert {reason for number, reason in rejected if number != 3} <= {"not_chosen"}


def test_a_face_that_was_not_chosen_says_by_how_much() -> None:
    judged = judge(0, faces(WIDE, LARGE), SIZE, DetectParams(policy="largest"))
    (reject,) = judged.rejects
    assert (reject.kind, reject.measured, reject.threshold, reject.unit) == ("face", 10_000, 30_000, "px²")


def test_no_faces_and_no_keypoints() -> None:
    for policy in ("all", "largest"):
        empty = judge(0, faces(), SIZE, DetectParams(policy=policy))  # type: ignore[arg-type]
        assert (empty.faces, empty.rejected, empty.rejects) == ([], [], [])
    bare = Faces.bare(np.array([BOX], np.float32), np.ones(1, np.float32))
    assert judge(0, bare, SIZE, DetectParams()).faces[0]["keypoints"] is None
    assert judge(0, faces((*BOX, 1.0)), SIZE, DetectParams()).faces[0]["keypoints"] == [0.0] * 10
