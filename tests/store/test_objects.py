import multiprocessing
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from facelib.errors import StoreError
from facelib.store.objects import TEMPORARY, Store


def test_a_file_is_written_once(store: Store) -> None:
    assert store.put("a/b", b"one")
    assert not store.put("a/b", b"two")
    assert store.read("a/b") == b"one"


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../../x"])
def test_a_key_cannot_leave_the_root(store: Store, key: str) -> None:
    with pytest.raises(StoreError, match="not a key"):
        store.put(key, b"")


@pytest.mark.parametrize("move", [True, False])
@pytest.mark.parametrize("exists", [True, False])
def test_put_file(store: Store, tmp_path: Path, move: bool, exists: bool) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"new")
    if exists:
        store.put("k", b"old")
    assert store.put_file("k", source, move=move) is not exists
    assert store.read("k") == (b"old" if exists else b"new")
    assert source.exists() is not move
    assert store.names(TEMPORARY) == []


def test_walk_is_sorted_and_names_of_nothing_are_empty(store: Store) -> None:
    for key in ("x/b/2", "x/b/1", "x/a"):
        store.put(key, b"")
    assert list(store.walk("x")) == ["x/a", "x/b/1", "x/b/2"]
    assert store.names("nowhere") == []


def test_missing_key_names_itself(store: Store) -> None:
    with pytest.raises(StoreError, match="not in the store: no/such"):
        store.read("no/such")


def test_a_name_of_the_root_is_no_folder_and_no_key(store: Store) -> None:
    store.put("x/b", b"")
    store.put("a", b"")
    assert [name for name in store.names() if name != TEMPORARY] == ["a", "x"]
    assert (store.exists("x"), store.exists("a"), store.exists("b")) == (False, True, False)


def test_folders_with_like_names_stay_apart(store: Store) -> None:
    for key in ("a/x", "a.b/x", "a-b", "ab/x"):
        store.put(key, b"1")
    store.remove_tree("a")
    assert [name for name in store.names() if name != TEMPORARY] == ["a-b", "a.b", "ab"]
    assert list(store.walk("a")) == []


def test_sizes_and_what_is_removed(store: Store) -> None:
    store.put("k", b"four")
    assert (store.size("k"), store.size("none")) == (4, -1)
    store.remove("k")
    store.remove("k")
    assert store.size("k") == -1
    assert store.put("k", b"again")


def test_a_local_path_has_the_bytes_of_now(store: Store) -> None:
    with pytest.raises(StoreError) as absent:
        store.local("a/b.json")
    assert absent.value.reason == "missing"
    store.put("a/b.json", b"one")
    assert (store.local("a/b.json").read_bytes(), store.local("a/b.json").name) == (b"one", "b.json")
    store.replace("a/b.json", b"two")
    assert store.local("a/b.json").read_bytes() == store.read("a/b.json") == b"two"
    path = store.local("a/b.json")
    store.remove("a/b.json")
    assert not path.exists()
    with pytest.raises(StoreError):
        store.local("a/b.json")


def test_a_copy_is_known_as_one(store: Store) -> None:
    store.put("a", b"one")
    store.put("b", b"two")
    store.copy("a", "x/c")
    assert store.read("x/c") == b"one"
    assert store.identity("a") == store.identity("x/c") != store.identity("b")
    store.remove("a")
    assert store.read("x/c") == b"one"


def test_a_file_that_is_made_over_time(store: Store) -> None:
    store.put("d/k.bin", b"old")
    with store.making("d/k.bin") as path:
        path.write_bytes(b"new")
    assert store.read("d/k.bin") == store.local("d/k.bin").read_bytes() == b"new"
    with store.making("d/none") as path:
        path.write_bytes(b"x")
        path.unlink()
    with pytest.raises(KeyError), store.making("d/error") as path:
        path.write_bytes(b"x")
        raise KeyError
    assert store.names("d") == ["k.bin"]


def test_many_answers_come_in_order(store: Store) -> None:
    for number in range(3):
        store.put(f"k{number}", str(number).encode())
    keys = [f"k{number % 3}" for number in range(80)]
    assert list(store.at_once(store.read, keys)) == [key[1:].encode() for key in keys]
    with pytest.raises(StoreError, match="not in the store: none"):
        list(store.at_once(store.read, ["k1", "none", "k2"]))


def test_a_store_goes_to_another_process(store: Store) -> None:
    store.put("k", b"1")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(_read, store).result() == (store.address, b"1")


def _read(store: Store) -> tuple[str, bytes]:
    return store.address, store.read("k")


def test_unwritable_root_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / TEMPORARY).write_text("")
    with pytest.raises(StoreError, match="cannot write to the store"):
        Store(tmp_path).put("a", b"")


@pytest.mark.parametrize(
    ("root", "said"),
    [("file", r"store .*/file is a file, not a folder"), ("file/a/b", r"cannot be made: .*/file is a file")],
)
def test_a_root_that_can_hold_nothing_is_no_empty_store(tmp_path: Path, root: str, said: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=said) as refused:
        Store(tmp_path / root)
    assert refused.value.reason == "store_unwritable"


@pytest.mark.parametrize("root", ["gs://bucket/store", "s3:/bucket/store", "S3://bucket", "https://host/store"])
def test_a_root_of_another_kind_is_not_taken_for_a_folder(root: str) -> None:
    with pytest.raises(StoreError, match="no place for a store") as refused:
        Store(root)
    assert refused.value.reason == "bad_root"


def test_a_root_that_may_not_be_made_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may write everywhere, so the answer of the file system is given here.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(StoreError, match="may not be written to"):
        Store(tmp_path / "new")
    assert Store(tmp_path).names("x") == []


def _write_for_ever(root: str) -> None:
    store, data = Store(root), os.urandom(1 << 20) * 8
    for number in range(10_000):
        store.put(f"big/{number}", data)


def test_a_killed_writer_leaves_only_whole_files(tmp_path: Path) -> None:
    writer = multiprocessing.get_context("spawn").Process(target=_write_for_ever, args=(str(tmp_path),))
    writer.start()
    store = Store(tmp_path)
    deadline = time.monotonic() + 60
    while len(store.names("big")) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    sizes = {store.size(f"big/{name}") for name in store.names("big")}
    assert sizes == {8 << 20}


def _race(root: str, queue: "multiprocessing.Queue[bool]", number: int) -> None:
    queue.put(Store(root).put("k", str(number).encode()))


def test_of_many_writers_exactly_one_wins(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[bool] = context.Queue()
    writers = [context.Process(target=_race, args=(str(tmp_path), queue, n)) for n in range(4)]
    for writer in writers:
        writer.start()
    assert sorted(queue.get(timeout=60) for _ in writers) == [False, False, False, True]
    for writer in writers:
        writer.join()
