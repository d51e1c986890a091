"""How the pod server speaks: the calls of the Kubernetes API that pods need."""

import json
import re
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from tests.support.pod_server import PodServer

_PATH = re.compile(r"/api/v1/namespaces/(?P<namespace>[^/]+)/(?P<kind>pods|events)(/(?P<name>[^/]+)(?P<log>/log)?)?")


class Handler(BaseHTTPRequestHandler):
    """Answers one call. The server's state is in ``server.pods``."""

    server: "PodServer.Listener"  # type: ignore[assignment]

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def _answer(self, method: str) -> None:
        url = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(url.query).items()}
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        owner = self.server.owner
        owner.calls.append((method, url.path))
        found = _PATH.fullmatch(url.path)
        if self.headers.get("Authorization") != f"Bearer {owner.token}":
            return self._status(401, "Unauthorized")
        if not found:
            return self._status(404, "NotFound", f"no such path {url.path}")
        namespace, name = found["namespace"], found["name"]
        if found["kind"] == "events":
            return self._events(query)
        if found["log"]:
            return self._log(name, query)
        if method == "POST":
            return self._create(body, namespace)
        if name is None:
            items = [pod.document for pod in owner.matching(query.get("labelSelector", ""))]
            return self._json({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items})
        pod = owner.pods.get(name)
        if pod is None or pod.document["metadata"]["namespace"] != namespace:
            return self._status(404, "NotFound", f'pods "{name}" not found')
        if method == "PATCH":
            _merge(pod.document, body)
        if method == "DELETE":
            own = pod.document["spec"].get("terminationGracePeriodSeconds", 30)
            pod.delete(float(query.get("gracePeriodSeconds") or body.get("gracePeriodSeconds") or own))
        return self._json(pod.document)

    def _create(self, body: dict[str, Any], namespace: str) -> None:
        wrong = self.server.owner.refusals(body, namespace)
        if wrong:
            return self._status(422, "Invalid", "; ".join(wrong))
        if body["metadata"]["name"] in self.server.owner.pods:
            return self._status(409, "AlreadyExists", f"pods {body['metadata']['name']!r} already exists")
        return self._json(self.server.owner.create(body, namespace), 201)

    def _events(self, query: dict[str, str]) -> None:
        owner = self.server.owner
        name = query.get("fieldSelector", "").partition("=")[2]
        after = int(query.get("resourceVersion") or 0)
        if query.get("watch") not in ("1", "true", "True"):
            items = [event for event in owner.events if event["involvedObject"]["name"] == name]
            metadata = {"resourceVersion": str(len(owner.events))}
            return self._json({"kind": "EventList", "apiVersion": "v1", "metadata": metadata, "items": items})
        until = time.monotonic() + float(query.get("timeoutSeconds") or 5)
        self._begin("application/json")
        while time.monotonic() < until and not owner.away.is_set():
            for event in owner.events[after:]:
                after += 1
                if event["involvedObject"]["name"] == name:
                    self.wfile.write(json.dumps({"type": "ADDED", "object": event}).encode() + b"\n")
            time.sleep(0.1)
        return None

    def _log(self, name: str, query: dict[str, str]) -> None:
        owner = self.server.owner
        pod = owner.pods.get(name)
        if pod is None:
            return self._status(404, "NotFound", f'pods "{name}" not found')
        if not pod.started.is_set():
            return self._status(400, "BadRequest", f'container "base" in pod "{name}" is waiting to start')
        since = time.time() - float(query["sinceSeconds"]) if "sinceSeconds" in query else 0.0
        follow, stamps = query.get("follow") in ("true", "True"), query.get("timestamps") in ("true", "True")
        at = max(0, len(pod.lines) - int(query["tailLines"])) if "tailLines" in query else 0
        self._begin("text/plain")
        while True:
            ended = pod.ended.is_set() or not follow
            for moment, stamp, text in pod.lines[at:]:
                at += 1
                if moment >= since:
                    self.wfile.write((f"{stamp} {text}" if stamps else text).encode() + b"\n")
            self.wfile.flush()
            if ended or owner.away.is_set():
                return None
            time.sleep(0.05)

    def _begin(self, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def _json(self, document: Any, status: int = 200) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _status(self, code: int, reason: str, message: str = "") -> None:
        self._json(
            {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message,
             "code": code, "metadata": {}}, code
        )  # fmt: skip


def _merge(document: dict[str, Any], patch: dict[str, Any]) -> None:
    for key, value in patch.items():
        if isinstance(value, dict) and isinstance(document.get(key), dict):
            _merge(document[key], value)
        else:
            document[key] = value
