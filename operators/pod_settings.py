"""What the pods of the stages are like."""

from pathlib import Path, PurePosixPath
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from operators import pod_values as form
from operators.variables import VariableSettings

MOST_HOURS = 100_000
"""Kubernetes counts the seconds of a deadline in 31 bits."""


class StagePod(BaseModel):
    """The pod of one stage. What is left out comes from the table of defaults, or from the settings of all pods."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    cpu: str | None = None
    memory: str | None = None
    gpu: bool | None = None
    hours: float | None = Field(default=None, gt=0, le=MOST_HOURS)
    image: str | None = None
    node_selector: dict[str, str] | None = None
    tolerations: list[dict[str, Any]] | None = None

    _is_cpu = field_validator("cpu", mode="after")(form.cpu)
    _is_memory = field_validator("memory", mode="after")(form.memory)
    _is_image = field_validator("image", mode="after")(form.image)

    def under(self, chosen: "StagePod") -> "StagePod":
        """These values with those of another in front."""
        return self.model_copy(update=chosen.model_dump(exclude_none=True))


DEFAULTS: dict[str, StagePod] = {
    "probe": StagePod(cpu="1", memory="2Gi", gpu=False),
    "detect": StagePod(cpu="4", memory="8Gi", gpu=True),
    "track": StagePod(cpu="4", memory="8Gi", gpu=False),
    "hashes": StagePod(cpu="2", memory="4Gi", gpu=False),
    "landmarks": StagePod(cpu="2", memory="8Gi", gpu=True),
    "syncnet": StagePod(cpu="2", memory="8Gi", gpu=True),
    "speaker": StagePod(cpu="2", memory="8Gi", gpu=True),
    "iqa": StagePod(cpu="2", memory="12Gi", gpu=True),
    "image": StagePod(cpu="2", memory="8Gi", gpu=True),
    "hubert": StagePod(cpu="2", memory="12Gi", gpu=True),
    "speech": StagePod(cpu="2", memory="4Gi", gpu=False),
    "voice": StagePod(cpu="2", memory="8Gi", gpu=True),
    "embed": StagePod(cpu="2", memory="8Gi", gpu=True),
}
"""Requests of each stage. Detection and cutting decode whole uploads, and so are given more CPUs."""

#: Stages that run a model on frames or sound, and so take a slot of the pool ``gpu``.
GPU_STAGES = frozenset(stage for stage, pod in DEFAULTS.items() if pod.gpu)


class Mount(BaseModel):
    """What is mounted at one path of the pod: a claim, a folder of the node, a Secret or a ConfigMap."""

    model_config = ConfigDict(extra="forbid")

    claim: str | None = None
    host_path: str | None = None
    secret: str | None = None
    config_map: str | None = None
    read_only: bool = False

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = {name: value for name, value in self.model_dump(exclude={"read_only"}).items() if value}
        if len(given) != 1:
            raise ValueError("give one of claim, host_path, secret and config_map")
        (name, value) = given.popitem()
        if name == "host_path" and not PurePosixPath(value).is_absolute():
            raise ValueError(f"host_path {value!r} is no absolute path")
        if name != "host_path" and not form.is_name(value):
            raise ValueError(f"{value!r} is no name of a {name.replace('_', ' ')}")
        return self


class PodSettings(VariableSettings):
    """The pod of a stage on Kubernetes. Environment: ``FACELIB_POD_`` and the name in upper case."""

    model_config = SettingsConfigDict(env_prefix="FACELIB_POD_")

    image: str | None = Field(
        default=None,
        description="image with the facelib command, such as registry.example.org/facelib-worker-gpu:0.1.0-1a2b3c4; "
        "there is no default: with FACELIB_BACKEND=kubernetes it must be named here, by the stage or in the template",
    )
    namespace: str = Field(default="facelib", min_length=1, description="Kubernetes namespace of the pods")
    config_file: str | None = Field(
        default=None, description="kubeconfig; default: the pod's own account, then KUBECONFIG"
    )
    context: str | None = Field(default=None, description="context of the kubeconfig; default: the current one")
    service_account: str | None = Field(default=None, description="account of the pods; default: the namespace's")
    pull_secret: str | None = Field(default=None, description="Kubernetes Secret for pulling the image")
    secret: str | None = Field(default=None, description="Kubernetes Secret whose keys become environment variables")
    mounts: dict[str, Any] = Field(
        default_factory=dict,
        description="what is mounted where: path to claim, host_path, secret or config_map, and read_only, such as "
        '{"/data/store": {"claim": "facelib-store"}}; needed where the store is a folder',
    )
    user: int = Field(default=1000, gt=0, description="numeric user and group of the container")
    cpu: str | None = Field(default=None, description="CPUs of every pod, such as 2 or 500m; default: by stage")
    memory: str | None = Field(default=None, description="memory of every pod, such as 8Gi; default: by stage")
    gpu: str = Field(default="nvidia.com/gpu", description="resource name of one GPU; empty: no stage asks for one")
    stages: dict[str, Any] = Field(
        default_factory=dict,
        description="pods of single stages: stage to cpu, memory, gpu (true or false), hours, image, node_selector and "
        'tolerations, such as {"detect": {"memory": "16Gi"}}',
    )
    node_selector: dict[str, str] = Field(default_factory=dict, description="labels that the node must have")
    tolerations: list[dict[str, Any]] = Field(
        default_factory=list, description="taints of nodes that the pods bear, as in a pod's specification"
    )
    affinity: dict[str, Any] = Field(
        default_factory=dict, description="which nodes the pods prefer or need, as in a pod's specification"
    )
    template_file: Path | None = Field(
        default=None, description="YAML file of a pod that these settings are put over; its first container is base"
    )
    priority_class: str | None = Field(default=None, description="PriorityClass of the pods")
    scratch: str = Field(default="20Gi", description="size limit of /tmp, the only folder that can be written")
    startup_seconds: int = Field(default=900, gt=0, description="wait for a node, and again for the image, s")
    grace_seconds: int = Field(default=30, ge=0, description="time that a pod has to end when it is deleted, s")
    log_seconds: int = Field(default=60, gt=0, description="how often the log of a running pod is fetched, s")
    poll_seconds: float = Field(default=5.0, gt=0, description="how often a running pod is looked at, s")
    on_finish: Literal["delete_pod", "delete_succeeded_pod", "keep_pod"] = Field(
        default="delete_pod", description="what becomes of a pod that has ended"
    )

    _is_cpu = field_validator("cpu", mode="after")(form.cpu)
    _is_memory = field_validator("memory", "scratch", mode="after")(form.memory)
    _is_resource = field_validator("gpu", mode="after")(form.resource)
    _is_image = field_validator("image", mode="after")(form.image)
    _is_name = field_validator("namespace", "service_account", "pull_secret", "secret", "priority_class", mode="after")(
        form.name
    )

    @field_validator("stages")
    @classmethod
    def _are_stages(cls, value: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(value) - set(DEFAULTS))
        if unknown:
            raise ValueError(f"there is no stage {', '.join(unknown)}; there are {', '.join(DEFAULTS)}")
        return {stage: StagePod.model_validate(entry) for stage, entry in value.items()}

    @field_validator("mounts")
    @classmethod
    def _are_mounts(cls, value: dict[str, Any]) -> dict[str, Any]:
        for path in value:
            if not PurePosixPath(path).is_absolute() or path.rstrip("/") in ("", "/tmp"):  # noqa: S108
                raise ValueError(f"nothing can be mounted at {path!r}; write an absolute path other than /tmp")
        return {path: Mount.model_validate(entry) for path, entry in value.items()}

    @field_validator("template_file")
    @classmethod
    def _is_there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}")
        return value

    @property
    def scratch_gb(self) -> float:
        """The size of the scratch folder, GB."""
        return form.gigabytes(self.scratch)

    def of(self, stage: str) -> StagePod:
        """The pod of one stage: its own setting, else that of all pods, else the table of defaults."""
        everywhere = StagePod(cpu=self.cpu, memory=self.memory, image=self.image)
        pod = DEFAULTS.get(stage, StagePod(cpu="2", memory="8Gi", gpu=False)).under(everywhere)
        return pod.under(self.stages.get(stage, StagePod()))
