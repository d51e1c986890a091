from pathlib import Path

import numpy as np
import pytest

from facelib.errors import FacelibError
from facelib.export.layer_sum import layer_sum, load_layer_sum, softmax

FEATURES = np.random.default_rng(0).normal(size=(5, 7, 3)).astype(np.float32)
WEIGHTS = [0.3, -1.0, 2.0, 0.0, 0.5]


def test_it_is_the_sum_of_the_layers_by_softmax() -> None:
    shares = np.exp(WEIGHTS) / np.exp(WEIGHTS).sum()
    expected = sum(share * layer for share, layer in zip(shares, FEATURES, strict=True))
    assert np.abs(layer_sum(FEATURES, WEIGHTS) - expected).max() < 1e-6


def test_it_is_what_torch_gives() -> None:
    torch = pytest.importorskip("torch")
    shares = torch.nn.functional.softmax(torch.tensor(WEIGHTS), dim=-1)
    expected = (shares[:, None, None] * torch.from_numpy(FEATURES)).sum(0).numpy()
    assert np.abs(layer_sum(FEATURES, WEIGHTS) - expected).max() < 1e-6


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_file_is_read_without_pickle(tmp_path: Path, dtype: type) -> None:
    np.save(tmp_path / "a.npy", FEATURES.astype(dtype), allow_pickle=False)
    found = load_layer_sum(tmp_path / "a.npy", WEIGHTS)
    assert found.shape == (7, 3) and found.dtype == np.float32
    assert np.abs(found - layer_sum(FEATURES, WEIGHTS)).max() < 2e-3


def test_large_weights_do_not_overflow() -> None:
    assert softmax([1000.0, 0.0]).tolist() == [1.0, 0.0]
    assert layer_sum(FEATURES[:2], [1000.0, 0.0]) == pytest.approx(FEATURES[0])


@pytest.mark.parametrize(("shape", "count"), [((5, 7, 3), 4), ((7, 39), 7), ((0, 7, 3), 1)])
def test_weights_must_fit(shape: tuple[int, ...], count: int) -> None:
    with pytest.raises(FacelibError) as caught:
        layer_sum(np.zeros(shape, np.float32), [0.0] * count)
    assert caught.value.reason == "layer_count"
