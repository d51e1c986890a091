import pytest

from facelib.sources.addresses import is_address, is_public
from facelib.sources.base import DownloadError
from facelib.sources.hosts import HostPolicy


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("no address", False),
    ],
)
def test_is_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.1", True), ("[::1]", True), ("localhost.example.org", False), ("", False)],
)
def test_is_address(host: str, expected: bool) -> None:
    assert is_address(host) is expected


@pytest.mark.parametrize(
    ("patterns", "host", "address", "allowed"),
    [
        ((), "example.org", "93.184.216.34", True),
        ((), "example.org", "10.0.0.7", False),
        (("*.corp.example",), "films.corp.example", "10.0.0.7", False),
        (("films.corp.example",), "Films.corp.example.", "10.0.0.7", True),
        (("10.0.0.7",), "10.0.0.7", "10.0.0.7", True),
        (("youtu.be",), "youtu.be", "10.0.0.7", False),
    ],
)
def test_whom_a_name_may_lead_to(patterns: tuple[str, ...], host: str, address: str, allowed: bool) -> None:
    policy = HostPolicy("https://example.org/feed", patterns)
    if allowed:
        policy.check_address(host, address)
        return
    with pytest.raises(DownloadError, match=address) as caught:
        policy.check_address(host, address)
    assert caught.value.reason == "private_address" and host.lower().rstrip(".") in caught.value.hint
