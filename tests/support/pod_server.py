"""A server that speaks the pod API of Kubernetes and runs each pod's command as a local process."""

import re
import sys
import threading
import time
import uuid
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.pod_checks import refusals
from tests.support.pod_server_http import Handler
from tests.support.pod_server_process import Fault, Host, Pod, now

_KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: local
clusters: [{{name: local, cluster: {{server: "{url}"}}}}]
contexts: [{{name: local, context: {{cluster: local, user: local}}}}]
users: [{{name: local, user: {{token: {token}}}}}]
"""
_TERM = re.compile(r"(?P<absent>!)?(?P<key>[^!=,]+)((?P<sign>!=|==|=)(?P<value>[^,]*))?")


class PodServer:
    """A cluster of one node on 127.0.0.1. Use it as a context manager.

    Args:
        folder: for what the pods write to their own folders, and the kubeconfig.

    Attributes:
        pods: pods that are there, by name.
        created: every pod that was ever created, oldest first.
        faults: what goes wrong with the next pods whose labels fit.
        host: Secrets, claims and commands that pods find.
    """

    class Listener(ThreadingHTTPServer):
        """The socket; made anew after the server was away."""

        daemon_threads = True
        owner: "PodServer"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token = uuid.uuid4().hex
        self.host = Host(folder / "pods", {"facelib": [str(Path(sys.executable).with_name("facelib"))]})
        self.pods: dict[str, Pod] = {}
        self.created: list[Pod] = []
        self.faults: list[Fault] = []
        self.events: list[dict[str, Any]] = []
        self.calls: list[tuple[str, str]] = []
        self.away = threading.Event()
        self._lock = threading.RLock()
        self._listener: PodServer.Listener | None = None
        self._port = 0

    def __enter__(self) -> "PodServer":
        self.folder.mkdir(parents=True, exist_ok=True)
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        for pod in list(self.pods.values()):
            pod.delete(0.2)
        for pod in self.created:
            pod.ended.wait(10) if pod.process else None

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig file for this server."""
        path = self.folder / "kubeconfig"
        path.write_text(_KUBECONFIG.format(url=f"http://127.0.0.1:{self._port}", token=self.token))
        return path

    def go_away(self, seconds: float) -> None:
        """Refuse connections for some seconds. Pods run on."""
        self.away.set()
        self._close()

        def back() -> None:
            time.sleep(seconds)
            self.away.clear()
            self._listen()

        threading.Thread(target=back, daemon=True).start()

    def refusals(self, body: dict[str, Any], namespace: str) -> list[str]:
        """Why the API would refuse a pod."""
        own = body.get("metadata", {}).get("namespace", namespace)
        return [*refusals(body), *([] if own == namespace else [f"namespace {own} is not {namespace}"])]

    def create(self, document: dict[str, Any], namespace: str) -> dict[str, Any]:
        """Create a pod and start its life."""
        with self._lock:
            more = {"namespace": namespace, "uid": str(uuid.uuid4()), "creationTimestamp": now()}
            document["metadata"] = {**document["metadata"], **more, "resourceVersion": "1"}
            labels = document["metadata"].get("labels", {})
            fault = next((one for one in self.faults if one.labels.items() <= labels.items()), None)
            if fault:
                self.faults.remove(fault)
            pod = Pod(document, self.host, fault, self._changed)
            self.pods[pod.name] = pod
            self.created.append(pod)
            return document

    def matching(self, selector: str) -> list[Pod]:
        """Pods that a label selector fits: ``a=b``, ``a!=b``, ``a`` and ``!a``, with commas."""
        with self._lock:
            return [pod for pod in self.pods.values() if _fits(selector, pod.document["metadata"].get("labels", {}))]

    def wait_for(self, stage: str, number: int = 1, seconds: float = 60) -> Pod:
        """The pod of a stage that was created as the ``number``th of its stage, once its command runs."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = [pod for pod in self.created if pod.document["metadata"]["labels"].get("facelib/stage") == stage]
            if len(found) >= number and found[number - 1].started.wait(0.1):
                return found[number - 1]
            time.sleep(0.1)
        raise AssertionError(f"no pod {number} of {stage} after {seconds} s")

    def _changed(self, pod: Pod, reason: str = "", message: str = "", *, gone: bool = False) -> None:
        with self._lock:
            pod.document["metadata"]["resourceVersion"] = str(int(pod.document["metadata"]["resourceVersion"]) + 1)
            if gone:
                self.pods.pop(pod.name, None)
                return
            metadata = pod.document["metadata"]
            involved = {"kind": "Pod", "name": pod.name, "namespace": metadata["namespace"], "uid": metadata["uid"]}
            number = len(self.events) + 1
            name = {"name": f"{pod.name}.{number}", "namespace": metadata["namespace"], "uid": str(uuid.uuid4())}
            self.events.append(
                {"kind": "Event", "apiVersion": "v1", "metadata": {**name, "resourceVersion": str(number)},
                 "involvedObject": involved, "reason": reason, "message": message, "lastTimestamp": now(),
                 "type": "Warning" if reason in ("Failed", "Killing") else "Normal"}
            )  # fmt: skip

    def _listen(self) -> None:
        self._listener = PodServer.Listener(("127.0.0.1", self._port), Handler)
        self._listener.owner = self
        self._port = self._listener.server_port
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()

    def _close(self) -> None:
        if self._listener is not None:
            self._listener.shutdown()
            self._listener.server_close()
            self._listener = None


def _fits(selector: str, labels: dict[str, str]) -> bool:
    for term in filter(None, selector.split(",")):
        found = _TERM.fullmatch(term)
        if not found:
            raise ValueError(f"{term!r} is no term of a label selector")
        key, value = found["key"], found["value"]
        if found["absent"]:
            fits = key not in labels
        elif not found["sign"]:
            fits = key in labels
        else:
            fits = (labels.get(key) == value) == (found["sign"] != "!=")
        if not fits:
            return False
    return True
