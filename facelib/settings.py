"""All settings: from ``facelib.toml``, overlaid by ``FACELIB_...`` environment variables."""

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from facelib.curate.settings import CurateSettings
from facelib.dashboard_settings import DashboardSettings
from facelib.errors import SettingsError
from facelib.maintenance_settings import MaintenanceSettings
from facelib.models.device import choose
from facelib.models.registry import ENTRIES, Weights
from facelib.sources.search import SearchOptions
from facelib.sources.select_settings import SelectSettings
from facelib.sources.ytdlp import DownloadSettings
from facelib.stages import pipeline
from facelib.stages.pipeline import PipelineSettings
from facelib.stages.profiles import PROFILES, Profile, merged
from facelib.stages.watchdog import Limits
from facelib.store.objects import Store
from facelib.store.options import StoreOptions
from facelib.variables import PREFIX, VariableSource, nearest, section

CONFIG = "FACELIB_CONFIG"
DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")
"""How a device is written; whether it is there is another question."""
PATHS = ("store", "models_dir", "exports_dir", "work_dir", "cache", "weights")
"""Settings that are places: empty text, which would stand for the current folder, is an error."""
QUERY_DETECTOR = "centerface"
"""The model that finds the face in a picture that is searched for."""


class CrawlSettings(BaseModel):
    """How channels are listed."""

    model_config = ConfigDict(extra="forbid")

    min_hours: float = Field(6.0, ge=0, description="A channel is listed at most once in this time, h.")
    max_uploads: int = Field(0, ge=0, description="Only the first uploads of a listing are taken; 0 takes all.")
    search_results: int = Field(20, ge=1, description="Most uploads that a search for words or for one name gives.")
    search_address: str = Field(
        "ytsearch{n}:{words}",
        description="What yt-dlp is asked for words: a search of its own, or the address of a page or feed with "
        "results; {n} stands for search_results, {words} for the words.",
    )
    name_query: str = Field(
        "{name} interview 4k", description="The words that a name of a names: list is searched for with; {name} is it."
    )

    @model_validator(mode="after")
    def _hold_their_fields(self) -> Self:
        for name, needed in (("search_address", "{words}"), ("name_query", "{name}")):
            if needed not in getattr(self, name):
                raise ValueError(f"{name}: {getattr(self, name)!r} does not hold {needed}")
        return self

    def search(self) -> SearchOptions:
        """How words and names are searched for."""
        return SearchOptions(self.search_results, self.search_address, self.name_query)


class PlanSettings(BaseModel):
    """How videos are put into shards."""

    model_config = ConfigDict(extra="forbid")

    shard_minutes: float = Field(15.0, gt=0, description="Predicted work of the slowest stage in one shard, min.")
    lease_minutes: float = Field(120.0, gt=0, description="How long a plan holds its videos without progress, min.")


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(env_prefix="FACELIB_", env_nested_delimiter="__", extra="forbid")

    store: str = Field("data/store", description="Root of the object store: a folder, or s3://BUCKET/PREFIX.")
    profile: Profile = Field(
        "lite", description="lite: models from the package index, free for any use. full: the best ones, on a GPU."
    )
    models_dir: Path = Field(Path("data/models"), description="Folder of fetched model weights.")
    weights: dict[str, Path] = Field(
        default_factory=dict, description="Weights that lie elsewhere: file or folder, by the name of the model."
    )
    device: str = Field("auto", description="Where models run: auto (a free GPU, else the CPU), cpu or cuda:N.")
    batch: int = Field(0, ge=0, description="Items that a model takes at once; 0 lets each stage choose.")
    exports_dir: Path = Field(Path("data/exports"), description="Folder of datasets that are named and not placed.")
    work_dir: Path = Field(Path("data/scratch"), description="Scratch folder; best on the same disk as the store.")
    s3_endpoint: str = Field(
        "", description="Address of the S3 service; by default the one of AWS_ENDPOINT_URL, else Amazon's."
    )
    s3_public_endpoint: str = Field(
        "", description="Address of the same service for browsers, where it is another one for them."
    )
    s3_url_minutes: float = Field(
        60.0, gt=0, le=10080, description="How long the address of a clip in a bucket works that a page gives out, min."
    )
    cache: Path | None = Field(
        None, description="Folder of local copies of a bucket's files; by default cache in the scratch folder."
    )
    cache_gb: float = Field(20.0, gt=0, description="How large the folder of local copies may grow, about, GB.")
    channels: list[str] = Field(
        default_factory=list, description="Channels to crawl: channel, playlist or feed URLs, or folders of videos."
    )
    threads: int = Field(0, ge=0, description="CPU threads for decoding and models; 0 lets each library choose.")
    processes: int = Field(
        0, ge=0, description="Shards that 'facelib ingest' works on at a time, in processes; 0: one a GPU, else one."
    )
    backend: Literal["local", "inprocess", "kubernetes"] = Field(
        "local",
        description="Where Airflow runs stages: a process of the worker, the task's own process, or a pod.",
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="What commands say on stderr: text for people; json: an object a line, with run and ids."
    )
    crawl: CrawlSettings = Field(default_factory=CrawlSettings, description="How channels are listed.")
    download: DownloadSettings = Field(default_factory=DownloadSettings, description="How uploads are fetched.")
    select: SelectSettings = Field(default_factory=SelectSettings, description="Which uploads are wanted.")
    curate: CurateSettings = Field(
        default_factory=CurateSettings, description="What is worked out over the whole collection at each publish."
    )
    plan: PlanSettings = Field(default_factory=PlanSettings, description="How videos are put into shards.")
    limits: Limits = Field(default_factory=Limits, description="What a stage may take for one video.")
    maintenance: MaintenanceSettings = Field(
        default_factory=MaintenanceSettings, description="What 'facelib maintenance' lets go, and when."
    )
    dashboard: DashboardSettings = Field(
        default_factory=DashboardSettings, description="Who may do what in the dashboard."
    )
    pipeline: PipelineSettings = Field(default_factory=PipelineSettings, description="Parameters of the stages.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file."""
        file = TomlConfigSettingsSource(settings_cls, config_path())
        return init_settings, VariableSource(settings_cls), file

    @field_validator(*PATHS, mode="before")
    @classmethod
    def _is_no_empty_path(cls, value: Any, field: ValidationInfo) -> Any:
        places = value.values() if isinstance(value, dict) else [value]
        if any(isinstance(place, str) and not place.strip() for place in places):
            variable = f"{PREFIX}{str(field.field_name).upper()}"
            raise ValueError(f"it is empty; write a path ('.' for the current folder), or take {variable} away")
        return value

    @field_validator("device")
    @classmethod
    def _is_a_device(cls, value: str) -> str:
        if not DEVICE.fullmatch(value):
            raise ValueError(f"{value!r} is no device; write auto, cpu or cuda:N, such as cuda:0")
        return value

    @model_validator(mode="before")
    @classmethod
    def _under_the_profile(cls, values: Any) -> Any:
        """Parameters that were not set come from the profile."""
        chosen, profile = values.get("pipeline", {}), values.get("profile", "lite")
        if isinstance(chosen, BaseModel):
            chosen = chosen.model_dump(exclude_unset=True)
        if isinstance(chosen, dict) and profile in PROFILES:
            values = {**values, "pipeline": merged(PROFILES[profile], chosen)}
        return values

    @model_validator(mode="after")
    def _stages_fit(self) -> Self:
        """No stage needs one that is off, and weights are named by models that there are."""
        unknown = sorted(set(self.weights) - set(ENTRIES))
        if unknown:
            raise ValueError(f"weights: there is no model {', '.join(unknown)}; 'facelib models list' shows all")
        try:
            pipeline.check(self.pipeline.model_dump(mode="json"))
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return self

    def open_store(self) -> Store:
        """The object store."""
        return Store(
            self.store,
            StoreOptions(
                endpoint=self.s3_endpoint,
                public_endpoint=self.s3_public_endpoint,
                cache=self.cache or self.work_dir / "cache",
                cache_gb=self.cache_gb,
                url_minutes=self.s3_url_minutes,
            ),
        )

    def pipeline_document(self) -> dict[str, Any]:
        """The pipeline settings as plain JSON values, as a settings generation keeps them.

        Digests of weights that the registry alone does not give are part of them: other weights are other results.
        """
        document: dict[str, Any] = self.pipeline.model_dump(mode="json")
        digests = self.open_weights().open_digests(pipeline.models(document))
        return document | ({pipeline.WEIGHTS: digests} if digests else {})

    def needed_models(self) -> list[str]:
        """Names of the models that the stages in force and the search for a picture need."""
        return list(dict.fromkeys([*pipeline.models(self.pipeline.model_dump(mode="json")), QUERY_DETECTOR]))

    def open_weights(self) -> Weights:
        """The weights on this machine."""
        return Weights(self.models_dir, self.weights)

    def stage_options(self) -> dict[str, Any]:
        """How stages run here: weights, device, threads, batch and limits."""
        return {
            "weights": self.open_weights(),
            "device": choose(self.device),
            "threads": self.threads,
            "batch": self.batch,
            "limits": self.limits,
        }


def config_path() -> Path:
    """The settings file: FACELIB_CONFIG, or ``facelib.toml`` in the current folder; it need not exist by default.

    Raises:
        SettingsError: FACELIB_CONFIG names a file that does not exist.
    """
    named = os.environ.get(CONFIG)
    if named and not Path(named).is_file():
        raise SettingsError(f"{CONFIG} names {named}, which is not a file", reason="no_config")
    return Path(named) if named else Path("facelib.toml")


@lru_cache(maxsize=1)
def load() -> Settings:
    """The settings in force, read once a process.

    Raises:
        SettingsError: a setting is unknown or has a value that cannot be used; the message names each.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(_problem(details["loc"], details["type"], details["msg"]) for details in error.errors())
        hint = "docs/reference/settings.md lists all settings"
        raise SettingsError(f"settings: {problems}", hint=hint, reason="bad_settings") from error
    except (ValueError, OSError) as error:
        raise SettingsError(f"settings file {config_path()}: {error}", reason="bad_settings") from error


def _problem(location: tuple[int | str, ...], kind: str, message: str) -> str:
    """One wrong setting in a sentence; for an unknown name, the known one that is nearest."""
    name = ".".join(str(part) for part in location)
    if kind != "extra_forbidden":
        told = message.removeprefix("Value error, ")
        return f"{name}: {told}" if name else told
    names = _names_of(location[:-1])
    near = nearest(str(location[-1]), names)
    if near:
        return f"{name}: there is no such setting; did you mean {' or '.join(near)}?"
    return f"{name}: there is no such setting" + (f"; there are {', '.join(names)}" if len(location) > 1 else "")


def _names_of(location: tuple[int | str, ...]) -> list[str]:
    """The settings of a section."""
    model: type[BaseModel] | None = Settings
    for part in location:
        field = model.model_fields.get(str(part)) if model else None
        model = section(field) if field else None
    return list(model.model_fields) if model else []
