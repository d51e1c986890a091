"""Uploads that show again what another one shows: most of their clips are alike, all by the same shift of time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from facelib.curate.duplicates import Likeness, duplicates_of_kept


@dataclass(frozen=True)
class ClipPair:
    """Two like clips of two videos.

    Args:
        video_id, other_video_id: the videos.
        clip_id, other_id: the clips.
        shift_s: by how much the same moment comes later in the other video, s.
        overlap_s: what both hold, s.
        seconds, other_seconds: lengths of the clips, s.
        mirrored: whether one shows the other in a mirror.
        alike: whether their pictures are alike too, not their sound alone.
    """

    video_id: str
    other_video_id: str
    clip_id: str
    other_id: str
    shift_s: float
    overlap_s: float
    seconds: float
    other_seconds: float
    mirrored: bool
    alike: bool


@dataclass(frozen=True)
class Upload:
    """What is known of a video with a clip that is like another's.

    Args:
        video_id: its id.
        order: sorts the one to keep first.
        duration_s: its length, s.
        size: width and height, px.
        clip_s: length of all its clips, s.
    """

    video_id: str
    order: tuple[float | str, ...]
    duration_s: float
    size: tuple[int, int]
    clip_s: float


@dataclass(frozen=True)
class UploadPair:
    """Two videos that share much; the fields as those of the table ``duplicate_uploads``."""

    video_id: str
    kept_video_id: str
    kind: str
    shift_s: float
    overlap_s: float
    share: float
    clips: int


def duplicate_uploads(
    pairs: Iterable[ClipPair], uploads: Mapping[str, Upload], *, least_share: float, tolerance_s: float
) -> list[UploadPair]:
    """The uploads that are duplicates of a kept one, by the rule of :func:`duplicates_of_kept`.

    Args:
        pairs: like clips of different videos, each once.
        uploads: every video that is named in them.
        least_share: of the length of all clips of the video with fewer that must lie in clips alike, 0..1.
        tolerance_s: shifts within this of each other are one, s.

    Returns:
        A row for each duplicate upload, by id; of several kept ones that it is like it names the best.
    """
    by_videos: dict[tuple[str, str], list[ClipPair]] = defaultdict(list)
    for pair in pairs:
        if pair.video_id > pair.other_video_id:
            pair = turned(pair)
        by_videos[pair.video_id, pair.other_video_id].append(pair)
    place = {video: n for n, video in enumerate(sorted(uploads, key=lambda video: (uploads[video].order, video)))}
    like: dict[str, list[Likeness]] = defaultdict(list)
    about: dict[tuple[str, str], UploadPair] = {}
    for (one, other), clip_pairs in sorted(by_videos.items()):
        consistent = _consistent(clip_pairs, tolerance_s)
        overlap = min(_length(consistent), _length([turned(pair) for pair in consistent]))
        share = overlap / max(min(uploads[one].clip_s, uploads[other].clip_s), 1e-9)
        if share < least_share:
            continue
        shift = _middle(consistent)
        kind = _kind(consistent, uploads[one], uploads[other], shift, tolerance_s)
        for a, b, sign, ids in ((one, other, 1, "clip_id"), (other, one, -1, "other_id")):
            clips = len({getattr(pair, ids) for pair in consistent})
            about[a, b] = UploadPair(a, b, kind, sign * shift + 0.0, overlap, min(share, 1.0), clips)
            like[a].append(Likeness(b, place[b]))
    best_first = sorted(like, key=place.__getitem__)
    found = duplicates_of_kept(best_first, like)
    return [about[video, likeness.other] for video, likeness in sorted(found.items())]


def turned(pair: ClipPair) -> ClipPair:
    """The same pair seen from its other side."""
    return replace(
        pair,
        video_id=pair.other_video_id,
        other_video_id=pair.video_id,
        clip_id=pair.other_id,
        other_id=pair.clip_id,
        shift_s=-pair.shift_s,
        seconds=pair.other_seconds,
        other_seconds=pair.seconds,
    )


def _consistent(pairs: list[ClipPair], tolerance_s: float) -> list[ClipPair]:
    """Those whose shifts lie together, where most of the overlap is."""
    ordered = sorted(pairs, key=lambda pair: (pair.shift_s, pair.clip_id, pair.other_id))
    best: list[ClipPair] = []
    most, first, total = -1.0, 0, 0.0
    for last, pair in enumerate(ordered):
        total += pair.overlap_s
        while pair.shift_s - ordered[first].shift_s > tolerance_s:
            total -= ordered[first].overlap_s
            first += 1
        if total > most + 1e-9:
            most, best = total, ordered[first : last + 1]
    return best


def _length(pairs: list[ClipPair]) -> float:
    """How much of the clips of the first side lies in the pairs, s; two faces at one time do not count twice."""
    held: dict[str, float] = defaultdict(float)
    for pair in pairs:
        held[pair.clip_id] = min(pair.seconds, held[pair.clip_id] + pair.overlap_s)
    return sum(held.values())


def _middle(pairs: list[ClipPair]) -> float:
    """The mean shift, weighed by overlap, s."""
    weight = sum(pair.overlap_s for pair in pairs)
    return sum(pair.shift_s * pair.overlap_s for pair in pairs) / weight if weight else pairs[0].shift_s


def _kind(pairs: list[ClipPair], one: Upload, other: Upload, shift: float, tolerance_s: float) -> str:
    total = sum(pair.overlap_s for pair in pairs)
    if 2 * sum(pair.overlap_s for pair in pairs if pair.alike) < total:
        return "sound_only"
    if 2 * sum(pair.overlap_s for pair in pairs if pair.mirrored and pair.alike) > total:
        return "mirrored"
    if abs(shift) > tolerance_s or abs(one.duration_s - other.duration_s) > 1.0:
        return "trimmed"
    return "rescaled" if one.size != other.size else "re_encoded"
