import pytest

from facelib import settings
from facelib.errors import SettingsError
from operators.channels import BATCH, MAX_BATCHES, batches, crawl_commands


@pytest.mark.parametrize("count", [0, 1, BATCH, BATCH + 1, 10_000, 40_000, 1_000_000])
def test_every_channel_is_in_one_batch_and_no_run_maps_too_many(count: int) -> None:
    channels = [str(number) for number in range(count)]
    made = batches([*channels, *channels[:3]])
    assert [channel for batch in made for channel in batch] == channels
    assert len(made) <= MAX_BATCHES < 1024
    assert all(made)


def test_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_CHANNELS", '["a", "b c", "--x", "https://me:pw@example.org/f?token=abc"]')
    settings.load.cache_clear()
    assert crawl_commands(None, stored=False) == [
        ["crawl", "--channel=a", "--channel=b c", "--channel=--x", "--channel=https://example.org/f?token=***"]
    ]
    assert crawl_commands("only", stored=False) == [["crawl", "--channel=only"]]
    assert crawl_commands(None, stored=True) == [["crawl", "--stored"]]
    monkeypatch.delenv("FACELIB_CHANNELS")
    settings.load.cache_clear()
    with pytest.raises(SettingsError, match="no channel"):
        crawl_commands(None, stored=False)
    settings.load.cache_clear()
