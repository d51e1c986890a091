"""How a pod ended, in words that say what to do."""

from dataclasses import dataclass
from typing import Any

_IMAGE = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull")


@dataclass(frozen=True)
class PodEnd:
    """How a pod ended.

    Args:
        reason: a word as Kubernetes has it, such as ``OOMKilled``, ``Evicted`` or ``Error``.
        message: what Kubernetes, or the last lines of the log, say.
        exit_code: of the container; None where it did not end by itself.
    """

    reason: str
    message: str = ""
    exit_code: int | None = None

    @property
    def by_itself(self) -> bool:
        """Whether the command chose its exit code."""
        return self.reason in ("", "Completed", "Error")

    def text(self, stage: str) -> str:
        """One sentence on what happened, and the way on where there is one."""
        what, hint = _TOLD.get(self.reason, ("ended" if self.exit_code is not None else "failed", ""))
        if self.reason in _IMAGE:
            what, hint = "cannot pull its image", "look at FACELIB_POD_IMAGE and FACELIB_POD_PULL_SECRET"
        parts = [f"the pod of {stage} {what}"]
        parts += [f"with exit code {self.exit_code}"] if self.exit_code is not None and what == "ended" else []
        parts += [f"({self.reason})"] if self.reason else []
        lines = [" ".join(parts) + (f": {self.message.strip()}" if self.message.strip() else "")]
        return "\n".join([*lines, hint.replace("<stage>", stage)] if hint else lines)


_TOLD = {
    "OOMKilled": (
        "ran out of memory",
        'FACELIB_POD_STAGES=\'{"<stage>": {"memory": "..."}}\' gives it more; what is done is not computed again',
    ),
    "Evicted": ("was evicted from its node", "a try again computes only what is missing"),
    "Preempting": ("had to make room for another", "a try again computes only what is missing"),
    "DeadlineExceeded": (
        "ran longer than it may",
        'a try again computes only what is missing; more time: FACELIB_POD_STAGES=\'{"<stage>": {"hours": ...}}\'',
    ),
    "NodeLost": ("was lost with its node", "a try again computes only what is missing"),
}


def end_of(pod: Any, container: str, told: str = "") -> PodEnd:
    """How a pod ended, from its status.

    Args:
        pod: a ``V1Pod``.
        container: name of the container that counts.
        told: what was the matter with a pod that has not ended, such as that it did not start in time.
    """
    status = pod.status
    found = next((one for one in (status.container_statuses or []) if one.name == container), None)
    state = found.state if found else None
    if status.reason:
        code = state.terminated.exit_code if state and state.terminated else None
        return PodEnd(status.reason, status.message or "", code)
    if state and state.waiting:
        more = "" if state.waiting.reason in _IMAGE else told
        return PodEnd(state.waiting.reason or "", "\n".join(filter(None, [state.waiting.message, more])))
    if state and state.terminated:
        ended = state.terminated
        return PodEnd(ended.reason or "", ended.message or "", ended.exit_code)
    return PodEnd("", told or f"phase {status.phase}")
