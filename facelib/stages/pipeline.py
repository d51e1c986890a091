"""The stages in order, their settings, and the fingerprint chain of a video."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from facelib.errors import SettingsError, StageOff
from facelib.models import registry
from facelib.models.registry import Weights
from facelib.stages.base import Params, Stage
from facelib.stages.detect import Detect
from facelib.stages.embed import Embed
from facelib.stages.hashes import Hashes
from facelib.stages.hubert import HubertStage
from facelib.stages.image import Image
from facelib.stages.iqa import Iqa
from facelib.stages.landmarks import Landmarks
from facelib.stages.probe import Probe
from facelib.stages.speaker import Speaker
from facelib.stages.speech import Speech
from facelib.stages.syncnet import Syncnet
from facelib.stages.track import Track
from facelib.stages.voice import Voice
from facelib.store import documents

PIPELINE: tuple[type[Stage[Any]], ...] = (
    Probe,
    Detect,
    Track,
    Landmarks,
    Syncnet,
    Speaker,
    Iqa,
    Image,
    HubertStage,
    Speech,
    Voice,
    Embed,
    Hashes,
)
WEIGHTS = "weights"
"""Where a settings generation keeps the digests of weights that the registry alone does not give."""
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


def active(settings: Mapping[str, Any]) -> list[type[Stage[Any]]]:
    """The stages that these settings leave in the pipeline, in order."""
    return [stage for stage in PIPELINE if not stage.off(params_of(settings, stage.name))]


def models(settings: Mapping[str, Any]) -> list[str]:
    """Names in the model registry of all weights that these settings need."""
    needed = [name for stage in active(settings) for name in stage.models(params_of(settings, stage.name))]
    return list(dict.fromkeys(needed))


def check(settings: Mapping[str, Any]) -> None:
    """Raise SettingsError where a stage needs the result of one that is off."""
    names = {stage.name for stage in active(settings)}
    for stage in active(settings):
        for before in stage.reads(params_of(settings, stage.name)):
            if before not in names:
                raise SettingsError(
                    f"{stage.name} needs {before}, which is off",
                    hint=f'set pipeline.{before}.model, or pipeline.{stage.name}.model = "none"',
                    reason="stage_off",
                )


def chain(settings: Mapping[str, Any], revision: str) -> dict[str, str]:
    """The fingerprint of every stage's result for a source revision, known before anything is computed.

    Args:
        settings: a settings generation: parameters by stage, and under ``weights`` the digests that the registry alone
            does not give.
        revision: sha256 of the source.

    Returns:
        stage → fingerprint, in the order of the pipeline; stages that are off are left out.
    """
    names: dict[str, str] = {}
    for stage in active(settings):
        params = params_of(settings, stage.name)
        inputs = [names[before] for before in stage.reads(params)]
        names[stage.name] = stage.fingerprint(params, revision, inputs, settings.get(WEIGHTS, {}))
    return names


def digest(settings: Mapping[str, Any]) -> str:
    """What these settings make of any source: equal when every stage has the same version, parameters and weights.

    Returns:
        10 hex digits.
    """
    return documents.digest(chain(settings, ""))[:10]


def make(name: str, settings: Mapping[str, Any], weights: Weights, **options: Any) -> Stage[Any]:
    """A stage ready to be opened.

    Args:
        name: of the stage.
        settings: a settings generation.
        weights: the weights on this machine.
        options: device, threads and batch, as :class:`Stage` takes them.

    Raises:
        StageOff: these settings take it out of the pipeline.
    """
    stage, params = stage_class(name), params_of(settings, name)
    if stage.off(params):
        raise StageOff(
            f"the stage {name} is off", hint=f"set pipeline.{name}.model, or the profile full", reason="stage_off"
        )
    named = settings.get(WEIGHTS, {})
    planned = {model: named.get(model) or registry.entry(model).sha256 for model in stage.models(params)}
    return stage(params, weights, digests={model: sha for model, sha in planned.items() if sha}, **options)
