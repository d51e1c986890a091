"""Channels in batches: one task lists one batch, so that a batch that fails is tried again alone."""

from collections.abc import Sequence

#: Channels of one task. Each is listed in seconds, and starting a task takes some too.
BATCH = 25
#: Tasks of one run: below Airflow's ``max_map_length`` of 1024.
MAX_BATCHES = 1000


def batches(channels: Sequence[str], size: int = BATCH, most: int = MAX_BATCHES) -> list[list[str]]:
    """Channels in batches of like size, at most ``most`` of them; with more channels, the batches are larger.

    Example:
        >>> batches(["a", "b", "c"], size=2), [len(batch) for batch in batches(["a"] * 10, size=2, most=3)]
        ([['a', 'b'], ['c']], [4, 4, 2])
    """
    unique = list(dict.fromkeys(channels))
    each = max(size, -(-len(unique) // most))
    return [unique[start : start + each] for start in range(0, len(unique), each)]


def crawl_commands(chosen: str | None, *, stored: bool) -> list[list[str]]:
    """Arguments of ``facelib crawl``, one command for each batch of the configured channels.

    Args:
        chosen: the only channel to list; None for all that are configured.
        stored: list nothing, and report what was listed before.

    Returns:
        Commands in which no address of a configured channel has its user, password or token.

    Raises:
        SettingsError: no channel is configured.
    """
    from facelib import settings
    from facelib.errors import SettingsError
    from facelib.sources.hosts import redacted

    if stored:
        return [["crawl", "--stored"]]
    # Airflow keeps and shows what is passed on. The command knows a configured channel without its secrets.
    channels = [chosen] if chosen else [redacted(channel) for channel in settings.load().channels]
    if not channels:
        raise SettingsError("no channel to crawl", hint="set FACELIB_CHANNELS, or name one", reason="no_channels")
    return [["crawl", *(f"--channel={channel}" for channel in batch)] for batch in batches(channels)]
