"""Cuts that are found, of those that there are."""

from benchmarks.accuracy.place import Place
from benchmarks.accuracy.section import named, section, share
from benchmarks.accuracy.truth import CUTS
from docs.markdown import code, table
from facelib.media.grid import GridReader
from facelib.models.transnetv2 import TransNetV2
from facelib.stages.detect_params import DetectParams
from facelib.stages.shots import ContentShots, ShotFinder, TransNetShots

WEIGHTS: dict[str, tuple[str, ...]] = {"content": (), "transnetv2": ("transnetv2",)}


def cuts(place: Place) -> str:
    """The section on cuts."""
    file, true = CUTS
    rows, misses = [], []
    for name, weights in WEIGHTS.items():
        if not place.has(weights):
            rows.append([code(name), "not measured, weights were not present", "–", "–"])
            continue
        found = _found(place, name)
        rows.append(
            [code(name), share(len(set(found) & set(true)), len(true)), str(len(set(found) - set(true))), _list(found)]
        )
        misses += [f"{code(name)} does not find {cut}" for cut in sorted(set(true) - set(found))]
        misses += [f"{code(name)} finds {cut}, where there is none" for cut in sorted(set(found) - set(true))]
    return section(
        "Cuts",
        f"{code(file)}: n = {len(true)} hard cuts, before frames {_list(true)}. Exact to the frame.",
        table(["shot detector", "found / true", "false", "frames"], rows),
        named(misses),
    )


def _found(place: Place, name: str) -> list[int]:
    finder = _finder(place, name)
    with GridReader(place.file(CUTS[0]), threads=1) as reader:
        for shown in reader:
            finder.add(shown.index, finder.picture(shown, reader.rotation))
    return [shot.start_frame for shot in finder.shots(reader.n_frames)[1:]]


def _finder(place: Place, name: str) -> ShotFinder:
    params = DetectParams()
    if name == "content":
        return ContentShots(params.shot_threshold, params.min_shot_frames)
    model = TransNetV2(place.weights.file("transnetv2"), threads=1)
    return TransNetShots(model, params.shot_probability, params.min_shot_frames)


def _list(frames: tuple[int, ...] | list[int]) -> str:
    return ", ".join(str(frame) for frame in frames) or "none"
