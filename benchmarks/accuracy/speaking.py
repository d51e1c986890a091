"""Which face speaks."""

from benchmarks.accuracy.collection import Collection
from benchmarks.accuracy.section import named, number, section, share, verdict
from benchmarks.accuracy.truth import SPEAKS_ON, TALKERS, side
from docs.markdown import code, table


def speaking(collection: Collection) -> str:
    """The section on who speaks, as ``light_asd`` sees it."""
    rows, misses, right = [], [], 0
    for file, voice in SPEAKS_ON.items():
        for clip in collection.of(file):
            good = clip["is_speaker"] is (side(clip) == voice)
            right += good
            misses += [] if good else [f"{code(file)}, the face on the {side(clip)}"]
            said = "–" if clip["is_speaker"] is None else "yes" if clip["is_speaker"] else "no"
            rows.append([code(file), side(clip), number(clip["mean_score"], "+.2f"), said, verdict(good)])
    return section(
        "Who speaks",
        "`light_asd` on clips with two faces in view of which one speaks: the mean score of each face, whether it is "
        f"called the one who speaks, and whether that is right. Right: {share(right, len(rows))}.",
        table(["file", "face", "mean score, logit", "speaks", "result"], rows),
        named(misses),
        _alone(collection),
    )


def _alone(collection: Collection) -> str:
    """Clips called speakers in files where one person talks, and in one where nobody noted who does."""
    rows = []
    for file in (*TALKERS, "hamilton"):
        clips = collection.of(file)
        called = share(sum(clip["is_speaker"] is True for clip in clips), len(clips))
        missed = file in TALKERS and not all(clip["is_speaker"] for clip in clips)
        truth = "every clip" if file in TALKERS else "not known"
        rows.append([code(file), truth, f"**{called}**" if missed else called])
    return "Clips whose face is called the one who speaks:\n\n" + table(["file", "true", "called / clips"], rows)
