from itertools import pairwise

import numpy as np
import pytest

from facelib.demo.render import heard_in
from facelib.demo.uploads import NARRATOR, UPLOADS, VOICES, UploadSpec
from facelib.demo.voice import Speech, Utterance, Voice, join, loudness, shift, speak
from facelib.errors import FacelibError

TEXT = "Good morning. This is a test."


@pytest.mark.parametrize("voice", [*VOICES.values(), NARRATOR], ids=lambda voice: voice.name)
def test_a_voice_is_heard_and_says_the_same_each_time(voice: Voice) -> None:
    speech = speak(Utterance(TEXT, voice))
    assert speech.rate == 22050
    assert 1.0 < speech.seconds < 4.0
    assert abs(int(speech.samples[-1])) > 0
    assert np.abs(speech.samples).max() > 8000
    assert np.array_equal(speech.samples, speak(Utterance(TEXT, voice)).samples)


def test_voices_differ() -> None:
    said = {speak(Utterance(TEXT, voice)).samples.tobytes() for voice in VOICES.values()}
    assert len(said) == len(VOICES)


def test_an_unknown_voice_is_an_error_that_names_it() -> None:
    with pytest.raises(FacelibError, match="nobody-speaks") as caught:
        speak(Utterance(TEXT, Voice("nobody-speaks")))
    assert caught.value.reason == "voice_failed"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.0, [1, 2, 3, 4, 5]), (0.2, [3, 4, 5, 0, 0]), (-0.1, [0, 1, 2, 3, 4]), (-0.5, [0, 0, 0, 0, 0])],
)
def test_shift_is_positive_where_the_sound_comes_early(seconds: float, expected: list[int]) -> None:
    moved = shift(Speech(np.array([1, 2, 3, 4, 5], np.int16), 10), seconds)
    assert moved.samples.tolist() == expected


def test_join_puts_speeches_at_their_seconds_and_cuts_at_the_end() -> None:
    ones = Speech(np.ones(4, np.int16), 10)
    assert join([(0.2, ones), (0.8, ones)], 1.0).samples.tolist() == [0, 0, 1, 1, 1, 1, 0, 0, 1, 1]


@pytest.mark.parametrize(
    "parts", [[], [(0.0, Speech(np.ones(4, np.int16), 10)), (0.0, Speech(np.ones(4, np.int16), 8))]]
)
def test_join_needs_one_rate(parts: list[tuple[float, Speech]]) -> None:
    with pytest.raises(ValueError, match="one rate"):
        join(parts, 1.0)


def test_loudness_follows_the_sound() -> None:
    rate = 1000
    tone = (8000 * np.sin(np.arange(rate) * 0.7)).astype(np.int16)
    sound = np.concatenate([np.zeros(rate, np.int16), tone, np.zeros(rate, np.int16)])
    heard = loudness(Speech(sound, rate), 25, 75)
    assert heard.shape == (75,)
    assert heard[:24].max() == 0.0
    assert heard[26:49].min() > 0.9
    assert heard[51:].max() == 0.0
    assert not loudness(Speech(np.zeros(rate, np.int16), rate), 25, 25).any()


@pytest.mark.parametrize("spec", UPLOADS, ids=lambda spec: spec.name)
def test_every_line_ends_before_the_next_and_before_its_shot(spec: UploadSpec) -> None:
    begin = 0.0
    for shot in spec.shots:
        end = begin + shot.frames / spec.fps
        spoken = sorted(
            (line.begin, line.begin + speak(Utterance(line.text, voice)).seconds)
            for voice, lines in heard_in(shot)
            for line in lines
        )
        assert spoken
        assert spoken[0][0] >= begin + 0.25
        assert all(after[0] > before[1] for before, after in pairwise(spoken))
        assert spoken[-1][1] <= end
        begin = end
