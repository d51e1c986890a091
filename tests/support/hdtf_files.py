"""Files in the formats of HDTF and VoxCeleb, small, with every fault that the real ones have and some more."""

from collections.abc import Mapping, Sequence
from pathlib import Path

IDS = {name: f"{name:_<11.11}" for name in ("Radio1", "Radio2", "Radio3", "Radio4", "Ann", "Ben", "Cid", "Dora", "Eve")}
WATCH = "https://www.youtube.com/watch?v="

RD = {
    "video_url": [
        f"Radio1 {WATCH}{IDS['Radio1']}",
        f"Radio2 {WATCH}{IDS['Radio2']}&t=6s",
        f"Radio3 {WATCH}{IDS['Radio3']}",
        f"Radio4 {WATCH}{IDS['Radio4']}",
        f"Radio1 {WATCH}{IDS['Ann']}",
    ],
    "resolution": ["Radio1.mp4 720", "Radio2.mp4 1080", "Radio3.mp4 0", "Radio4.mp4 720", "Radio4.mp4 1080"],
    "annotion_time": [
        "Radio1.mp4 00:20-01:35",
        "Radio2.mp4 00:02-00:30 00:40-00:50 01:00-01:20",
        "Radio3.mp4 00:05-01:00 00:50-01:30",
        "Radio4.mp4",
    ],
    "crop_wh": ["Radio1_0.mp4 100 400 20 400", "Radio2_1.mp4 600 500 0 500", "Radio2_2.mp4 640 520 30 500"],
    "crop_ratio": ["Radio1_0.mp4 1.2", "Radio2_0.mp4 1.0", "Radio2_1.mp4 wide", "Radio2_2.mp4 1.2"],
}
"""A repeated name, a height of 0, two heights, no times, overlapping times, no rectangle, one that is no square."""

WDA = {
    "video_url": [
        f"Ann {WATCH}{IDS['Ann']}",
        "Ben https://www.youtube.com/watch?list=PL1",
        f"Cid {WATCH}{IDS['Cid']}",
        f"Dora {WATCH}{IDS['Dora']}",
        "../Eve " + WATCH + IDS["Eve"],
        "Fay",
        f"Again {WATCH}{IDS['Ann']}",
    ],
    "resolution": ["Ann.mp4 720", "Cid.mp4 720p", "Nobody.mp4 720"],
    "annotion_time": [
        "Ann.mp4 00:10-00:40",
        "Cid.mp4 00:10 00:20-00:15 00:30-01:00 1:01:00-1:01:10",
        "Again.mp4 01:00-01:10",
    ],
    "crop_wh": [
        "Ann_0.mp4 389 776 0 776",
        "Ann_1.mp4 1 100 1 100",
        "Cid_2.mp4 10 100 10",
        "Cid_3.mp4 10 0 10 0",
        "Nobody_0.mp4 10 100 10 100",
        "Again_0.mp4 10 100 650 100",
        "Ann_0.mp4 0 300 0 300",
        "Ann.mp4 0 300 0 300",
    ],
    "crop_ratio": ["Ann_0.mp4 1.2", "Cid_3.mp4 0"],
}
"""Ids and addresses that cannot be used, one video under two names, rectangles that leave the frame or cannot be read.
"""


def write_hdtf(folder: Path, **subsets: Mapping[str, Sequence[str]]) -> Path:
    """Write the lists of some subsets; lines of a file by its kind. A file that is not given is not written."""
    folder.mkdir(parents=True, exist_ok=True)
    for subset, files in subsets.items():
        for kind, lines in files.items():
            (folder / f"{subset}_{kind}.txt").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return folder


def faulty_hdtf(folder: Path) -> Path:
    """The lists `RD` and `WDA`, the second with a byte order mark, \\r\\n and a Latin-1 letter; WRA without urls."""
    write_hdtf(folder, RD=RD, WDA=WDA, WRA={"resolution": ["Gus.mp4 720"]})
    urls = folder / "WDA_video_url.txt"
    urls.write_bytes(b"\xef\xbb\xbf" + urls.read_bytes().replace(b"\n", b"\r\n") + b"Ren\xe9 x\r\n")
    return folder


def vox_text(rows: Sequence[str], *, identity: str = "id10001", reference: str = "abcdefghijk") -> str:
    """One file of VoxCeleb."""
    head = [
        f"Identity  : \t{identity}",
        f"Reference : \t{reference}",
        "Offset    : \t-1",
        "FV Conf   : \t20.230\t(1)",
        "ASD Conf  : \t2.765",
        "",
        "FRAME \tX \tY \tW \tH ",
    ]
    return "\n".join([*head, *rows, ""])


def vox_rows(first: int, n: int, box: Sequence[float], *, fractions: bool) -> list[str]:
    """Rows of one box that stays where it is."""
    number = "{:.3f}" if fractions else "{:.0f}"
    values = " \t".join(number.format(value) for value in box)
    return [f"{frame:06d} \t{values} " for frame in range(first, first + n)]


def write_vox(folder: Path, name: str, text: str) -> Path:
    """Write a file such as ``id10001/abcdefghijk/00001.txt`` below a folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path
