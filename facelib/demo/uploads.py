"""The uploads of the sample channel, as data: who is seen, what is said, and when each was published.

The sentences are about nothing, on purpose: nobody shown here ever said them, and every picture says so.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from facelib.demo.voice import Voice

VOICES = {
    "Eileen Collins": Voice("en-us+Annie", pitch=58, words_per_minute=165),
    "Barack Obama": Voice("en-us+Michael", pitch=42, words_per_minute=165),
    "Joe Biden": Voice("en-us+Andy", pitch=30, pitch_range=60, words_per_minute=170),
}
NARRATOR = Voice("en-gb-x-rp", pitch=45, words_per_minute=165)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence and the second of the upload at which it begins."""

    begin: float
    text: str


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody in a shot.

    Attributes:
        portrait: key in `facelib.demo.portraits.PORTRAITS`.
        face_height: of the face box, in pixels of the video.
        lines: what they say; nothing for somebody who listens.
    """

    portrait: str
    face_height: float
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames (at the upload's own rate) with these faces side by side, or without a face: `cards` with a narrator."""

    frames: int
    roles: tuple[Role, ...] = ()
    cards: tuple[str, ...] = ()
    narration: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class UploadSpec:
    """One upload.

    Attributes:
        name: file name without suffix, also its guid in the feed.
        title: as the feed shows it.
        published: upload time, UTC.
        shots: one after another, with a hard cut between.
        fps: frames a second.
        sound_shift_frames: frames of 1/25 s by which the sound leads the picture; negative where it lags.
        truncated: whether the file's end, with its index, is cut off, so that nothing can read it.
        listed: whether the feed lists it from the beginning.
    """

    name: str
    title: str
    published: datetime
    shots: tuple[Shot, ...]
    fps: int = 25
    sound_shift_frames: int = 0
    truncated: bool = False
    listed: bool = True


def _solo(portrait: str, face_height: float, frames: int, text: str) -> tuple[Shot, ...]:
    return (Shot(frames, (Role(portrait, face_height, (Line(0.4, text),)),)),)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


_CONVERSATION = Shot(
    200,
    (
        Role(
            "collins",
            200,
            (Line(0.4, "How many apples are there in the basket?"), Line(5.6, "Then one more makes a dozen.")),
        ),
        Role("biden", 200, (Line(2.9, "There are nine green apples and two ripe pears."),)),
    ),
)

UPLOADS: tuple[UploadSpec, ...] = (
    UploadSpec(
        name="harbour",
        title="Clouds over the harbour",
        published=_at(5, 6),
        shots=_solo(
            *("collins", 230, 150),
            "Clouds drift over the harbour this morning. The tide is low, and the wind blows from the west.",
        ),
    ),
    UploadSpec(
        name="boats",
        title="Seven blue boats",
        published=_at(5, 9, 30),
        shots=_solo(
            *("obama-desk", 220, 150),
            "Seven blue boats are tied up along the pier. Each one carries a lamp and a coil of rope.",
        ),
    ),
    UploadSpec(
        name="platform-four",
        title="Platform four, at thirty frames a second",
        published=_at(5, 12),
        shots=_solo(
            *("biden", 230, 204),
            "The slow train leaves at noon from platform four. Tickets are sold in the hall, beside the clock.",
        ),
        fps=30,
    ),
    UploadSpec(
        name="basket",
        title="Two people count apples",
        published=_at(5, 15),
        shots=(_CONVERSATION,),
    ),
    UploadSpec(
        name="title-cards",
        title="A voice without a face",
        published=_at(5, 18, 45),
        shots=(
            Shot(
                150,
                cards=("Titles only", "Nobody is on screen", "The end"),
                narration=(Line(0.4, "This upload shows titles only. Somebody speaks, and a face is never seen."),),
            ),
        ),
    ),
    UploadSpec(
        name="bridge",
        title="The old stone bridge",
        published=_at(6, 7, 15),
        shots=_solo(
            *("obama-blue-room", 220, 150),
            "Rain fell all night on the old stone bridge. By dawn the river had reached the second step.",
        ),
    ),
    UploadSpec(
        name="bread",
        title="Bread, with a cut in the middle",
        published=_at(6, 10),
        shots=(
            Shot(98, (Role("biden", 210, (Line(0.4, "Good bread needs flour, water, salt and time."),)),)),
            Shot(92, (Role("collins", 250, (Line(4.3, "It also needs an oven that is really hot."),)),)),
        ),
    ),
    UploadSpec(
        name="counting",
        title="Counting, with the sound six frames early",
        published=_at(6, 13, 20),
        shots=_solo("collins", 210, 190, "Let us count: one, two, three, four, five, six, seven, eight, nine, ten."),
        sound_shift_frames=6,
    ),
    UploadSpec(
        name="torn",
        title="A file that broke off",
        published=_at(6, 16),
        shots=_solo("biden", 200, 50, "This file breaks off."),
        truncated=True,
    ),
    UploadSpec(
        name="late-arrival",
        title="Published later: the last boat",
        published=_at(6, 19, 30),
        shots=_solo(
            *("obama-desk", 200, 150),
            "The last boat came in long after dark. Somebody had left a candle burning in the window.",
        ),
        listed=False,
    ),
)
