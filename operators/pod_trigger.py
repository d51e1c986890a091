"""What watches the pod of a task that waits."""

import asyncio
from typing import Any

from airflow.providers.cncf.kubernetes.triggers.pod import KubernetesPodTrigger

#: Deletions under way; an event loop keeps no reference to its tasks.
_DELETIONS: set[asyncio.Task[None]] = set()


class StagePodTrigger(KubernetesPodTrigger):
    """Waits for a pod, and deletes it when its task is marked or cleared.

    The triggerer cancels a trigger anew each second until it has ended, and with it a deletion that takes longer. Here
    the deletion goes on by itself.
    """

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """This class, and the arguments of the one that it extends."""
        return f"{__name__}.{type(self).__name__}", super().serialize()[1]

    async def on_kill(self) -> None:
        """Delete the pod, also if the caller does not wait for it."""
        deletion = asyncio.create_task(super().on_kill())
        _DELETIONS.add(deletion)
        deletion.add_done_callback(_DELETIONS.discard)
        await asyncio.shield(deletion)
