"""A process that says one utterance through the espeak-ng library carried by the package `espeakng_loader`.

Reads one utterance as JSON on standard input (see `facelib.demo.voice.Utterance`); writes one line of JSON with the
rate in Hz, then mono int16 samples in this machine's byte order, on standard output.
"""

import ctypes
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

# From espeak-ng's speak_lib.h.
_OUTPUT_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_RATE, _PITCH, _RANGE = 1, 3, 4
# espeak-ng holds the data folder's name in a fixed buffer of 160 bytes, to which it appends file names.
_LONGEST_DATA_PATH = 100


def _load(data_path: Path) -> tuple[ctypes.CDLL, int]:
    """The library, initialised with its data, and its sample rate in Hz."""
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Synth.argtypes = [
        *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint),
        *(ctypes.c_void_p, ctypes.c_void_p),
    ]
    rate = library.espeak_Initialize(_OUTPUT_SYNCHRONOUS, 0, str(data_path).encode(), _DONT_EXIT)
    if rate <= 0:
        raise OSError(f"espeak_Initialize returned {rate} for {data_path}")
    return library, rate


def synthesize(text: str, voice: dict[str, Any], data_path: Path) -> tuple[bytes, int]:
    """Samples and rate of one text; call it once in a process that does nothing else."""
    library, rate = _load(data_path)
    heard = bytearray()

    def keep(wave: int | None, count: int, _events: int | None) -> int:
        if wave and count > 0:
            heard.extend(ctypes.string_at(wave, 2 * count))
        return 0

    # The pointer must live as long as the library may call it.
    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(keep)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice["name"].encode()) != 0:
        raise ValueError(f"no voice {voice['name']!r}")
    for parameter, key in ((_RATE, "words_per_minute"), (_PITCH, "pitch"), (_RANGE, "pitch_range")):
        library.espeak_SetParameter(parameter, voice[key], 0)
    said = text.encode()
    if library.espeak_Synth(said, len(said) + 1, 0, 0, 0, _CHARS_UTF8, None, None) != 0:
        raise ValueError(f"espeak_Synth refused {text!r}")
    return bytes(heard), rate


def main() -> None:
    """Say what standard input asks for."""
    import espeakng_loader

    asked = json.load(sys.stdin)
    data_path = Path(espeakng_loader.get_data_path())
    with tempfile.TemporaryDirectory(prefix="voice-") as folder:
        if len(str(data_path).encode()) > _LONGEST_DATA_PATH:
            short = Path(folder) / "espeak-ng-data"
            short.symlink_to(data_path, target_is_directory=True)
            data_path = short
        samples, rate = synthesize(asked["text"], asked["voice"], data_path)
    sys.stdout.buffer.write(json.dumps({"rate": rate}).encode() + b"\n" + samples)


if __name__ == "__main__":
    main()
