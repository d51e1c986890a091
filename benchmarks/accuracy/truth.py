"""What is known of the test clips. Clips are named without ending."""

from typing import Any

CUTS = ("scenes_cuts_at_125_325_525", (125, 325, 525))
"""A clip and the first frames of its shots, but for the first one."""

PEOPLE: dict[str, int] = {
    "scenes_cuts_at_125_325_525": 3,
    "silent_face": 1,
    "slides_no_face": 0,
    "talker_a": 1,
    "talker_a_audio_late_5f": 1,
    "talker_a_no_audio": 1,
    "talker_a_silence": 1,
    "talker_a_voice_of_b": 1,
    "talker_b": 1,
    "talker_b_audio_early_3f": 1,
    "talker_c": 1,
    "talker_d": 1,
    "two_talkers_voice_left": 2,
    "two_talkers_voice_right": 2,
}
"""People whose faces are shown, where that is known."""

SCENES = (
    "hamilton",
    "scenes_cuts_at_125_325_525",
    "silent_face",
    "slides_no_face",
    "street_crowd",
    "talker_a",
    "talker_b",
    "talker_c",
    "talker_d",
    "two_talkers_voice_left",
    "walkers_no_audio",
)
"""Clips that show different pictures; the others repeat one of these with other sound, or are damaged."""

TALKERS = ("talker_a", "talker_b", "talker_c", "talker_d")
ONE_FACE = ("silent_face", *TALKERS)
"""Clips of one person each, all different."""

ONE_VOICE = ("slides_no_face", *TALKERS)
"""Clips with one voice each, all different."""

SHIFTS: dict[str, int] = {
    "talker_a": 0,
    "talker_b": 0,
    "talker_c": 0,
    "talker_d": 0,
    "talker_a_audio_late_5f": -5,
    "talker_b_audio_early_3f": 3,
}
"""Frames of 40 ms by which the sound leads."""

IN_SYNC: dict[str, bool] = {
    "talker_a": True,
    "talker_b": True,
    "talker_c": True,
    "talker_d": True,
    "talker_a_audio_late_5f": False,
    "talker_b_audio_early_3f": False,
    "talker_a_voice_of_b": False,
    "talker_a_silence": False,
    "talker_a_no_audio": False,
    "silent_face": False,
    "walkers_no_audio": False,
}
"""Whether lips and sound belong together and are within 2 frames."""

SPEAKS_ON: dict[str, str] = {"two_talkers_voice_left": "left", "two_talkers_voice_right": "right"}
"""The side of the picture on which the one who speaks is."""

_SHOT_FACES = {0: "c", 125: "a", 325: "d"}
_VOICES = {"talker_a_voice_of_b": "b", "two_talkers_voice_left": "a", "two_talkers_voice_right": "b"}
_SILENT = ("talker_a_silence", "talker_a_no_audio")


def side(clip: dict[str, Any]) -> str:
    """The half of the picture in which the face of a clip is."""
    return "left" if clip["face_x1"] + clip["face_x2"] < clip["video_width"] else "right"


def face_of(clip: dict[str, Any]) -> str | None:
    """Whose face a clip of the pipeline shows: a letter, or None where that is not known."""
    file = str(clip["file"])
    if file == CUTS[0]:
        return _SHOT_FACES.get(max(cut for cut in (0, *CUTS[1]) if cut <= clip["start_frame"]))
    if file in SPEAKS_ON:
        return {"left": "a", "right": "b"}[side(clip)]
    if file == "silent_face":
        return "silent_face"
    return file.removeprefix("talker_")[0] if file.startswith("talker_") else None


def voice_of(clip: dict[str, Any]) -> str | None:
    """Whose voice a clip of the pipeline has: a letter, or None without one that is known."""
    file = str(clip["file"])
    if file in _VOICES:
        return _VOICES[file]
    return face_of(clip) if file.startswith("talker_") and file not in _SILENT else None
