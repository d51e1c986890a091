"""The stages in order, their settings, and the fingerprint chain of a video."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from facelib.errors import SettingsError
from facelib.stages.base import Params, Stage
from facelib.stages.detect import Detect
from facelib.stages.embed import Embed
from facelib.stages.probe import Probe
from facelib.stages.track import Track

PIPELINE: tuple[type[Stage[Any]], ...] = (Probe, Detect, Track, Embed)
STAGES: dict[str, type[Stage[Any]]] = {stage.name: stage for stage in PIPELINE}


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


PipelineSettings = create_model(
    "PipelineSettings",
    __base__=_Settings,
    __doc__="Parameters of every stage; a change makes the results that depend on it stale.",
    **{
        stage.name: (
            stage.params_type,
            Field(default_factory=stage.params_type, description=f"Parameters of the stage {stage.name}."),
        )
        for stage in PIPELINE
    },
)  # type: ignore[call-overload]


def stage_class(name: str) -> type[Stage[Any]]:
    """A stage by its name. Raises SettingsError listing the names there are."""
    if name not in STAGES:
        raise SettingsError(f"there is no stage {name!r}", hint=f"one of {', '.join(STAGES)}", reason="no_stage")
    return STAGES[name]


def params_of(settings: Mapping[str, Any], name: str) -> Params:
    """The parameters of a stage out of a settings generation."""
    return stage_class(name).params_type.model_validate(settings.get(name, {}))


def chain(settings: Mapping[str, Any], revision: str) -> dict[str, str]:
    """The fingerprint of every stage's result for a source revision, known before anything is computed.

    Args:
        settings: parameters by stage, as in a settings generation.
        revision: sha256 of the source.

    Returns:
        stage → fingerprint, in the order of the pipeline.
    """
    names: dict[str, str] = {}
    for stage in PIPELINE:
        params = params_of(settings, stage.name)
        names[stage.name] = stage.fingerprint(params, revision, [names[before] for before in stage.after])
    return names


def make(name: str, settings: Mapping[str, Any], models_dir: Path, threads: int) -> Stage[Any]:
    """A stage ready to be opened."""
    return stage_class(name)(params_of(settings, name), models_dir, threads)
