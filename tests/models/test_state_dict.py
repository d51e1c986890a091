import pickle
from pathlib import Path
from typing import Any

import pytest

from facelib.errors import ModelError
from facelib.models import state_dict

torch = pytest.importorskip("torch")


def saved(path: Path, content: Any) -> Path:
    torch.save(content, path)
    return path


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"meta": {"epoch": 3, "CLASSES": ("face",)}, "state_dict": state},
        lambda state: {f"module.{name}": tensor for name, tensor in state.items()},
    ],
)
def test_layouts_that_are_understood(tmp_path: Path, wrap: Any) -> None:
    linear = torch.nn.Linear(2, 1)
    path = saved(tmp_path / "a.pth", wrap(linear.state_dict()))
    filled = state_dict.fill(torch.nn.Linear(2, 1), state_dict.read(path), path)
    assert torch.equal(filled.weight, linear.weight)
    assert not filled.training and not filled.weight.requires_grad


class Harm:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("harm-was-done"),))


@pytest.mark.parametrize("content", [{"weight": Harm()}, {"a": 1}, [1, 2]])
def test_code_and_other_things_are_refused(tmp_path: Path, content: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError) as caught:
        state_dict.read(saved(tmp_path / "a.pth", content))
    assert caught.value.reason == "bad_weights"
    assert not (tmp_path / "harm-was-done").exists()


@pytest.mark.parametrize("content", [b"", b"<html>quota exceeded</html>", pickle.dumps({"a": 1})])
def test_files_that_are_no_checkpoint(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(ModelError, match="no checkpoint"):
        state_dict.read(tmp_path / "a.pth")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"weight": torch.zeros(1, 2)}, "lacks bias"),
        ({"weight": torch.zeros(1, 2), "bias": torch.zeros(1), "more": torch.zeros(1)}, "has an unknown more"),
        ({"weight": torch.zeros(1, 3), "bias": torch.zeros(1)}, "size mismatch"),
    ],
)
def test_tensors_must_fit(state: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        state_dict.fill(torch.nn.Linear(2, 1), state, Path("a.pth"))


def test_counts_of_batches_may_be_absent() -> None:
    norm = torch.nn.BatchNorm2d(2)
    state = {name: tensor for name, tensor in norm.state_dict().items() if name != "num_batches_tracked"}
    state_dict.fill(torch.nn.BatchNorm2d(2), state, Path("a.pth"))
