"""What the ONNX graphs of InsightFace tell of themselves."""

from pathlib import Path

FIRST_NODES = 8
NORMALISED_WITHIN = 3


def scales_itself(weights: Path, *, batch_norm: bool = False) -> bool:
    """Whether the graph begins by scaling pixels, as those that were converted from MXNet do.

    Args:
        weights: the ONNX file.
        batch_norm: whether a normalisation named ``bn_data`` among the first nodes counts too, as InsightFace has it
            for landmarks but not for identity.
    """
    import onnx

    names = [node.name for node in onnx.load(str(weights), load_external_data=False).graph.node[:FIRST_NODES]]
    if batch_norm and "bn_data" in names[:NORMALISED_WITHIN]:
        return True
    return all(any(name.startswith(begins) for name in names) for begins in (("Sub", "_minus"), ("Mul", "_mul")))
