"""One pod of the pod server: its status as Kubernetes tells it, and its command as a local process."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_MESSAGE_BYTES = 2048


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next pod that has these labels.

    Args:
        kind: ``image`` (it cannot be pulled), ``oom``, ``evicted`` or ``deleted``.
        after: seconds that the command runs before it happens.
        labels: of the pod.
    """

    kind: str
    after: float = 0.0
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Host:
    """What a pod finds on its node.

    Args:
        folder: where each pod gets a folder of its own for its emptyDirs.
        commands: command in the image to program and first arguments here.
        secrets: Secret to its keys and values.
        claims: PersistentVolumeClaim to folder.
        start_seconds: time in Pending.
    """

    folder: Path
    commands: Mapping[str, Sequence[str]]
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    claims: dict[str, Path] = field(default_factory=dict)
    start_seconds: float = 0.2


def now() -> str:
    """The time as Kubernetes writes it, with the nanoseconds of a log line."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


class Pod:
    """A pod from its creation to its end. ``changed`` is called whenever its status changes."""

    def __init__(self, document: dict[str, Any], host: Host, fault: Fault | None, changed: Callable[..., None]) -> None:
        self.document = document
        self.name: str = document["metadata"]["name"]
        self.lines: list[tuple[float, str, str]] = []
        self.ended = threading.Event()
        self.started = threading.Event()
        self.deleted = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self._host = host
        self._fault = fault
        self._changed = changed
        self._killed_for = ""
        self._image = document["spec"]["containers"][0].get("image", "")
        self._began = now()
        document["status"] = {"phase": "Pending", "conditions": []}
        threading.Thread(target=self._live, daemon=True).start()

    def delete(self, grace: float) -> None:
        """Ask the command to end, kill it after the grace, and then be gone."""
        self.document["metadata"].setdefault("deletionTimestamp", now())
        self.deleted.set()
        threading.Thread(target=self._stop, args=(grace,), daemon=True).start()

    def _stop(self, grace: float) -> None:
        self._signal(signal.SIGTERM)
        if self.process is not None and not self.ended.wait(grace):
            self._signal(signal.SIGKILL)
        if self.process is not None:
            self.ended.wait(10)
        self.ended.set()
        self._changed(self, gone=True)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def _live(self) -> None:
        self._changed(self, "Scheduled", "assigned to the node")
        scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": now()}
        self.document["status"] |= {"startTime": now(), "conditions": [scheduled]}
        self._container({"waiting": {"reason": "ContainerCreating"}})
        if self.deleted.wait(self._host.start_seconds):
            return
        if self._fault and self._fault.kind == "image":
            message = f'rpc error: code = NotFound desc = failed to pull "{self._image}": not found'
            self._container({"waiting": {"reason": "ErrImagePull", "message": message}})
            self._changed(self, "Failed", message)
            return
        missing = [name for name in self._secret_names() if name not in self._host.secrets]
        if missing:
            message = f'secret "{missing[0]}" not found'
            self._container({"waiting": {"reason": "CreateContainerConfigError", "message": message}})
            self._changed(self, "Failed", message)
            return
        self._run()

    def _run(self) -> None:
        box = self.document["spec"]["containers"][0]
        program, *given = [*box["command"], *box.get("args", [])]
        self._began = now()
        self.process = subprocess.Popen(
            [*self._host.commands[program], *given], env=self._environment(box), cwd=self._folder("cwd"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.document["status"]["phase"] = "Running"
        self._container({"running": {"startedAt": self._began}})
        self._changed(self, "Started", "started container base")
        self.started.set()
        if self.deleted.is_set():
            self._signal(signal.SIGTERM)
        for watch in (self._watch_fault, self._watch_deadline):
            threading.Thread(target=watch, daemon=True).start()
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append((time.time(), now(), line.decode(errors="replace").rstrip("\n")))
        code = self.process.wait()
        self.process.stdout.close()
        self._end(code if code >= 0 else 128 - code)

    def _end(self, code: int) -> None:
        status = self.document["status"]
        reason = "OOMKilled" if self._killed_for == "oom" else "Completed" if code == 0 else "Error"
        told = "\n".join(text for _, _, text in self.lines[-80:])[-_MESSAGE_BYTES:] if code else ""
        box = self.document["spec"]["containers"][0]
        message = told if box.get("terminationMessagePolicy") == "FallbackToLogsOnError" else ""
        status["phase"] = "Failed" if code or self._killed_for else "Succeeded"
        if self._killed_for == "evicted":
            status |= {"reason": "Evicted", "message": "The node was low on resource: memory."}
        if self._killed_for == "deadline":
            status |= {"reason": "DeadlineExceeded", "message": "Pod was active on the node longer than specified"}
        ended = {"exitCode": code, "reason": reason, "message": message, "startedAt": self._began, "finishedAt": now()}
        self._container({"terminated": ended})
        self.ended.set()
        self._changed(self, "Killing" if self._killed_for else "Completed", status.get("message", reason))

    def _watch_fault(self) -> None:
        if self._fault is None or self.ended.wait(self._fault.after):
            return
        if self._fault.kind == "deleted":
            self.delete(0.5)
            return
        self._killed_for = self._fault.kind
        self._signal(signal.SIGKILL if self._fault.kind == "oom" else signal.SIGTERM)

    def _watch_deadline(self) -> None:
        seconds = self.document["spec"].get("activeDeadlineSeconds")
        if seconds is not None and not self.ended.wait(seconds):
            self._killed_for = "deadline"
            self._signal(signal.SIGTERM)
            if not self.ended.wait(self.document["spec"].get("terminationGracePeriodSeconds", 30)):
                self._signal(signal.SIGKILL)

    def _container(self, state: dict[str, Any]) -> None:
        box = self.document["spec"]["containers"][0]
        status = {
            "name": box["name"], "image": self._image, "imageID": "", "ready": "running" in state,
            "restartCount": 0, "state": state,
        }  # fmt: skip
        self.document["status"]["containerStatuses"] = [status]

    def _secret_names(self) -> list[str]:
        sources = self.document["spec"]["containers"][0].get("envFrom", [])
        return [source["secretRef"]["name"] for source in sources if "secretRef" in source]

    def _environment(self, box: dict[str, Any]) -> dict[str, str]:
        """Variables of the container. Paths below a mount become those of the folder that is mounted there."""
        values = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1"}
        for name in self._secret_names():
            values |= self._host.secrets[name]
        values |= {item["name"]: item.get("value", "") for item in box.get("env", [])}
        volumes = {volume["name"]: volume for volume in self.document["spec"].get("volumes", [])}
        folders = {mount["mountPath"]: self._mounted(volumes[mount["name"]]) for mount in box.get("volumeMounts", [])}
        for name, value in values.items():
            above = [path for path in folders if value == path or value.startswith(f"{path}/")]
            if above:
                path = max(above, key=len)
                values[name] = f"{folders[path]}{value.removeprefix(path)}"
        return values

    def _mounted(self, volume: dict[str, Any]) -> Path:
        if "persistentVolumeClaim" in volume:
            return self._host.claims[volume["persistentVolumeClaim"]["claimName"]]
        if "hostPath" in volume:
            return Path(volume["hostPath"]["path"])
        return self._folder(volume["name"])

    def _folder(self, name: str) -> Path:
        folder = self._host.folder / self.name / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder
