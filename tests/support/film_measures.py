"""What models would have found in films, as the stages write it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.models.identity import KINDS, TASK
from facelib.models.registry import entry
from facelib.stages import pipeline
from facelib.stages.base import Job, Output
from facelib.stages.clips import row_of
from facelib.stages.vectors import vector_row
from tests.support.films import Face, Film

HUBERT_LAYERS, HUBERT_DIMS = (0, 16, 24), 1024


def points_of(boxes: NDArray[np.float64]) -> NDArray[np.float32]:
    """(n, 68, 2): points on a spiral in each box, in order, so that no two are at one place."""
    turn = np.arange(68) * 0.7
    unit = 0.5 + 0.45 * np.sqrt((np.arange(68) + 1) / 68)[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    corner, far = boxes[:, None, :2], boxes[:, None, 2:]
    return np.asarray(corner + unit * (far - corner), np.float32)


def identity_of(person: str) -> NDArray[np.float32]:
    """(3, 128) vectors of faces of a person, near one another and far from any other person's."""
    numbers = np.random.default_rng(list(person.encode()))
    return np.asarray(numbers.normal(size=128) + 0.01 * numbers.normal(size=(3, 128)), np.float32)


def _clips(film: Film, job: Job) -> list[tuple[dict[str, Any], Face]]:
    """The clips of a film, each with the face that it shows."""
    pairs = []
    for row in job.inputs["track"].rows("clips"):
        middle = (row["face_x1"] + row["face_x2"]) / 2
        face = min(film.faces, key=lambda face: abs(middle - (face.start[0] + face.end[0]) / 2))
        pairs.append((row, face))
    return pairs


def _row(stage: str, table: str, **values: Any) -> dict[str, Any]:
    return row_of(pipeline.stage_class(stage).tables[table], **values)


def _detect(film: Film, job: Job) -> Output:
    end = film.n_frames
    shot = {"start_frame": 0, "end_frame": end, "start_s": 0.0, "end_s": end / 25}
    faces = []
    for number, face in enumerate(film.faces):
        for frame, box in enumerate(face.boxes(end)):
            edges = dict(zip(("x1", "y1", "x2", "y2"), box.tolist(), strict=True))
            faces.append(_row("detect", "faces", frame=frame, number=number, score=0.9, **edges))
    facts = {"n_frames": end, "decode_errors": 0, "t0_s": 0.0, "step": 1, "width": film.size[0], "height": film.size[1]}
    return Output(tables={"shots": [shot], "faces": faces}, facts=facts)


def _landmarks(film: Film, job: Job) -> Output:
    output = Output(tables={"landmarks": []})
    for clip, face in _clips(film, job):
        if face.landmarks:
            inside = face.boxes(film.n_frames) - np.tile([clip["x1"], clip["y1"]], 2)
            arrays: dict[str, NDArray[Any]] = {
                "landmarks": points_of(inside),
                "landmark_flags": np.zeros(film.n_frames, np.uint8),
            }
            for name, array in arrays.items():
                _save(output, job, f"{clip['clip_id']}.{name}.npy", array)
            row = _row("landmarks", "landmarks", clip_id=clip["clip_id"], measured_ratio=1.0, yaw_mean=3.5)
            output.tables["landmarks"].append(row)
    return output


def _syncnet(film: Film, job: Job) -> Output:
    output = Output(tables={"syncnet": [], "segments": []})
    for clip, face in _clips(film, job):
        if not film.sound or face.offset_frames is None:
            continue
        about = {"clip_id": clip["clip_id"], "offset_frames": face.offset_frames}
        offset_s = face.offset_frames / 25
        scores = {"confidence": 5.25, "min_distance": 7.5, "frame_confidence": 4.0, "good_ratio": 0.95}
        row = _row("syncnet", "syncnet", method="syncnet_v2", experimental=False, offset_s=offset_s, **about, **scores)
        output.tables["syncnet"].append(row)
        for start, end in face.segments:
            found = {"rule": "dense", "start_frame": start, "end_frame": end, "seconds": (end - start) / 25}
            measured = {"good_ratio": 0.95, "mean_confidence": 4.5}
            output.tables["segments"].append(_row("syncnet", "segments", **about, **found, **measured))
    return output


def _iqa(film: Film, job: Job) -> Output:
    scores = {"frames": 8, "blurry": False, "sharpness": 120.5, "hyperiqa": 0.61, "clipiqa_plus": 0.72}
    return Output(tables={"iqa": [_row("iqa", "iqa", clip_id=c["clip_id"], **scores) for c, _ in _clips(film, job)]})


def _image(film: Film, job: Job) -> Output:
    scores = {"model": "open_clip", "frames": 8, "inconsistency": 0.04, "nsfw": 0.01, "nsfw_max": 0.02}
    rows = [_row("image", "image", clip_id=clip["clip_id"], **scores) for clip, _ in _clips(film, job)]
    return Output(tables={"image": rows})


def _hubert(film: Film, job: Job) -> Output:
    output = Output(tables={"hubert": []})
    for clip, _ in _clips(film, job):
        if film.sound:
            steps = 2 * film.n_frames
            numbers = np.random.default_rng(list(film.name.encode()))
            states = numbers.normal(size=(len(HUBERT_LAYERS), steps, HUBERT_DIMS)).astype(np.float16)
            file = f"{clip['clip_id']}.hubert.npy"
            _save(output, job, file, states)
            about = {"model": "hubert", "layers": ",".join(map(str, HUBERT_LAYERS)), "file": file, "dtype": "fp16"}
            row = _row("hubert", "hubert", clip_id=clip["clip_id"], steps=steps, dims=HUBERT_DIMS, **about)
            output.tables["hubert"].append(row)
    return output


def embed(film: Film, job: Job, vectors: Callable[[str], NDArray[np.float32]] = identity_of) -> Output:
    """The vectors of the clips of a film.

    Args:
        vectors: (n, 128) vectors of faces of a person, by the person's name.
    """
    kind = KINDS["dlib"]
    about = {"task": TASK, "model": kind.weights, "digest": entry(kind.weights).sha256 or "", "metric": kind.metric}
    output = Output(tables={"vectors": [], "embed": []})
    for clip, face in _clips(film, job):
        output.tables["vectors"].append(vector_row(clip["clip_id"], vectors(face.person), **about))
        said = {"same_face": True, "people": 1, "model": kind.weights, "metric": kind.metric}
        output.tables["embed"].append(_row("embed", "embed", clip_id=clip["clip_id"], **said))
    return output


def _save(output: Output, job: Job, name: str, array: NDArray[Any]) -> None:
    np.save(job.scratch / name, array, allow_pickle=False)
    output.media[name] = job.scratch / name


Told = Mapping[str, Callable[[Film, Job], Output]]
TOLD: Told = {
    "detect": _detect,
    "landmarks": _landmarks,
    "syncnet": _syncnet,
    "iqa": _iqa,
    "image": _image,
    "hubert": _hubert,
    "embed": embed,
}
