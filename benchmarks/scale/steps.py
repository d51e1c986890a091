"""What is measured, each step a function that runs in a process of its own."""

import importlib
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.scale import arrivals, collection
from benchmarks.scale.child import Figures
from benchmarks.scale.faces import Faces
from facelib.catalog.writer import CatalogWriter
from facelib.collection import rules
from facelib.collection.duplicates import tables as duplicates_
from facelib.collection.people import tables as people
from facelib.curate import presets
from facelib.curate.hamming import pairs_within
from facelib.curate.settings import CurateSettings
from facelib.index.reader import Index
from facelib.index.upkeep import INDEX_ROWS
from facelib.publish import publish
from facelib.store import published
from facelib.store.objects import Store

NEW_CLIPS = 1000
QUERIES = 300
NEAREST = 10
QUERY_STREAM = 999
THREADS = 2


def make(root: Path, clips: int) -> Figures:
    """Write the store."""
    collection.write(root, Faces(clips))
    return {}


def publish_new(root: Path, clips: int, number: int) -> Figures:
    """Publish 1,000 new clips; how long the parts of the curation took, the import of LanceDB before it not counted."""
    importlib.import_module("lancedb")
    store, parts = Store(root), dict[str, float]()
    arrivals.commit(store, Faces(clips), NEW_CLIPS, number)
    with _timed(parts):
        started = time.perf_counter()
        report = publish(store)
        seconds = time.perf_counter() - started
    assert report.changed and report.videos == NEW_CLIPS // collection.CLIPS_A_VIDEO
    figures = {f"{name}_s": value for name, value in parts.items()}
    return {"publish_s": seconds, **figures, "rest_s": seconds - sum(parts.values())}


def search(root: Path, clips: int) -> Figures:
    """Search faces of people who are in the collection; against exact search, on the same vectors."""
    store = Store(root)
    publication = published.read(store, 1)
    index, table = Index(store, publication), publication.vectors[0]
    queries, places = Faces(clips).others(QUERIES, QUERY_STREAM)[1], _places(clips)
    truth = exact(clips, queries)
    for query in queries[:20]:
        index.nearest(table, query.tolist(), limit=NEAREST)
    found, milliseconds = [], []
    for query in queries:
        vector = query.tolist()
        started = time.perf_counter()
        near = index.nearest(table, vector, limit=NEAREST)
        milliseconds.append(1000 * (time.perf_counter() - started))
        found.append([places[n.clip_id] for n in near])
    return {**_latency(milliseconds), "recall": recall(found, truth)}


def search_faiss(clips: int, wanted: float) -> Figures:
    """The same search by FAISS, at the first number of partitions that gives the recall wanted; none without FAISS."""
    try:
        faiss: Any = importlib.import_module("faiss")
    except ImportError:
        return {}
    faces = Faces(clips)
    queries = faces.others(QUERIES, QUERY_STREAM)[1]
    truth = exact(clips, queries)
    faiss.omp_set_num_threads(THREADS)
    if clips < INDEX_ROWS:
        return _faiss_flat(faiss, faces, queries, truth)
    lists = round(clips**0.5)
    centres = faiss.IndexFlatIP(queries.shape[1])
    index = faiss.IndexIVFFlat(centres, queries.shape[1], lists, faiss.METRIC_INNER_PRODUCT)
    index.cp.niter, index.cp.max_points_per_centroid = 8, 64
    started = time.perf_counter()
    sample = np.concatenate([vectors[: 64 * lists * 50_000 // clips + 1] for _, vectors in faces.blocks()])
    index.train(sample)
    for _, vectors in faces.blocks():
        index.add(vectors)
    built = time.perf_counter() - started
    probes, reached = 1, 0.0
    while reached < wanted and probes < lists:
        probes = min(lists, probes + max(1, probes // 4))
        index.nprobe = probes
        reached = recall(index.search(queries, NEAREST)[1].tolist(), truth)
    kind = f"IndexIVFFlat, {probes} of {lists} lists"
    return {**_one_by_one(index, queries), "recall": reached, "kind": kind, "build_s": built}


def _faiss_flat(faiss: Any, faces: Faces, queries: NDArray[np.float32], truth: NDArray[np.int64]) -> Figures:
    """Exact search, as ours is without an index."""
    index = faiss.IndexFlatIP(queries.shape[1])
    for _, vectors in faces.blocks():
        index.add(vectors)
    found = recall(index.search(queries, NEAREST)[1].tolist(), truth)
    return {**_one_by_one(index, queries), "recall": found, "kind": "IndexFlatIP", "build_s": 0.0}


def _one_by_one(index: Any, queries: NDArray[np.float32]) -> Figures:
    milliseconds = []
    for query in queries:
        started = time.perf_counter()
        index.search(query[None], NEAREST)
        milliseconds.append(1000 * (time.perf_counter() - started))
    return _latency(milliseconds)


def duplicates(root: Path, clips: int) -> Figures:
    """All hashes against each other."""
    store, limit = Store(root), CurateSettings().duplicates.hash_distance
    catalog = store.path(collection.publication_of(store).catalog)
    with _copy(root, catalog) as writer:
        hashes = writer.columns("SELECT picture FROM hashes").column("picture").to_numpy()
    started = time.perf_counter()
    pairs = sum(len(found.one) for found in pairs_within(hashes, limit, threads=THREADS))
    return {"seconds": time.perf_counter() - started, "pairs": pairs}


def recompute(root: Path, clips: int) -> Figures:
    """The verdicts of all clips by another rule set."""
    store = Store(root)
    catalog = store.path(collection.publication_of(store).catalog)
    before = len(store.names("rules"))
    rules.put_in_force(store, presets.load("celebv" if before % 2 == 0 else "default"))
    with _copy(root, catalog) as writer:
        started = time.perf_counter()
        judged = rules.update(store, writer)
        seconds = time.perf_counter() - started
    for name in store.names("rules")[before:]:
        store.remove(f"rules/{name}")
    return {"seconds": seconds, "judged": judged}


def exact(clips: int, queries: NDArray[np.float32]) -> NDArray[np.int64]:
    """(queries, 10) the places of the nearest, every vector compared."""
    best, places = np.zeros((len(queries), 0), np.float32), np.zeros((len(queries), 0), np.int64)
    for start, vectors in Faces(clips).blocks():
        likeness = np.concatenate([best, queries @ vectors.T], axis=1)
        here = np.broadcast_to(np.arange(start, start + len(vectors)), (len(queries), len(vectors)))
        everywhere = np.concatenate([places, here], axis=1)
        order = np.argpartition(-likeness, NEAREST, axis=1)[:, :NEAREST]
        best, places = np.take_along_axis(likeness, order, 1), np.take_along_axis(everywhere, order, 1)
    return places


def recall(found: list[list[int]], truth: NDArray[np.int64]) -> float:
    """The share of the true nearest that were found.

    >>> recall([[1, 2], [3]], np.array([[1, 2], [3, 4]]))
    0.75
    """
    hits = [len(set(ours) & set(row.tolist())) for ours, row in zip(found, truth, strict=True)]
    return sum(hits) / truth.size


def _places(clips: int) -> dict[str, int]:
    return {clip_id: place for place, clip_id in enumerate(collection.clip_ids(0, clips))}


def _latency(milliseconds: list[float]) -> Figures:
    return {"p50_ms": statistics.median(milliseconds), "p95_ms": float(np.percentile(milliseconds, 95))}


@contextmanager
def _copy(root: Path, catalog: Path) -> Iterator[CatalogWriter]:
    path = root / "copy.duckdb"
    try:
        with CatalogWriter(path, catalog) as writer:
            yield writer
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _timed(parts: dict[str, float]) -> Iterator[None]:
    """Tell how long each part of the curation takes."""
    modules: dict[str, Any] = {"duplicates": duplicates_, "people": people, "rules": rules}
    before = {name: module.update for name, module in modules.items()}

    def timing(name: str, update: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            started = time.perf_counter()
            try:
                return update(*arguments)
            finally:
                parts[name] = time.perf_counter() - started

        return timed

    try:
        for name, module in modules.items():
            module.update = timing(name, before[name])
        yield
    finally:
        for name, module in modules.items():
            module.update = before[name]
