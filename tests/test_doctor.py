"""What the doctor finds before anything was done."""

from pathlib import Path

import pytest

from facelib.doctor import examine
from facelib.models import device
from facelib.settings import Settings


@pytest.mark.parametrize(
    ("name", "gpus", "state", "said"),
    [
        ("auto", 0, "good", "auto: the CPU, no GPU"),
        ("auto", 2, "good", "auto: 2 GPUs"),
        ("cpu", 0, "good", "cpu"),
        ("cuda:0", 1, "good", "cuda:0"),
        ("cuda:0", 0, "bad", "device cuda:0 is not there: 0 GPUs are visible (use auto or cpu)"),
        ("cuda:3", 2, "bad", "device cuda:3 is not there: 2 GPUs are visible (use auto or cpu)"),
    ],
)
@pytest.mark.parametrize("knows", [True, False], ids=["onnxruntime-gpu", "onnxruntime"])
def test_a_device_that_is_not_there_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, gpus: int, state: str, said: str, knows: bool
) -> None:
    monkeypatch.setattr("facelib.doctor.onnx_knows_gpus", lambda: knows)
    for module in ("facelib.models.device", "facelib.doctor"):
        monkeypatch.setattr(f"{module}.gpu_count", lambda: gpus)
    device.choose.cache_clear()
    found = examine(Settings(store=str(tmp_path / "store"), models_dir=tmp_path / "none", device=name))
    device.choose.cache_clear()
    assert [(one.state, one.message) for one in found if one.about == "device"] == [(state, said)]
    on_gpu = said in ("auto: 2 GPUs", "cuda:0")
    told = [one.state for one in found if one.about == "onnxruntime"]
    assert told == ["note"] * (on_gpu and not knows)
