"""Face detectors by name, all used in the same way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from facelib.models.device import CPU, Device
from facelib.models.faces import Faces
from facelib.models.pictures import Picture

Name = Literal["centerface", "scrfd", "yunet", "mtcnn", "faceboxes_v2", "s3fd", "yolov3_face", "anime_frcnn"]


class Detector(Protocol):
    """Finds faces.

    Attributes:
        name: of the detector.
        has_keypoints: whether it gives keypoints; else they are NaN.
    """

    name: str
    has_keypoints: bool

    def detect_batch(self, pictures: Sequence[Picture], *, min_score: float) -> list[Faces]:
        """The faces of each picture.

        Args:
            pictures: (h, w, 3) BGR, at least one, all of one size.
            min_score: faces with a lower score (0..1) are left out. A detector that finds none below a score of its own
                gives no more than that.

        Returns:
            Faces in pixels of the picture; a picture without any has none.
        """


@dataclass(frozen=True)
class Kind:
    """What is known of a detector before it is loaded.

    Args:
        weights: names in the model registry.
        long_side: longer side of the pictures that suit it, px.
        batch: pictures at once on a CPU.
    """

    weights: tuple[str, ...]
    long_side: int
    batch: int = 1


KINDS: dict[str, Kind] = {
    "centerface": Kind(("centerface",), 384),
    "scrfd": Kind(("scrfd_10g",), 640),
    "yunet": Kind(("yunet",), 640),
    "mtcnn": Kind(("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet"), 640, batch=8),
    "faceboxes_v2": Kind(("faceboxes_v2",), 1024, batch=4),
    "s3fd": Kind(("s3fd",), 480, batch=4),
    "yolov3_face": Kind(("yolov3_face",), 608, batch=2),
    "anime_frcnn": Kind(("anime_frcnn",), 1333),
}


def make(
    name: Name, weights: Callable[[str], Path], *, device: Device = CPU, threads: int = 0, min_face: int = 20
) -> Detector:
    """A detector, loaded.

    Args:
        name: one of :data:`KINDS`.
        weights: gives the verified file of each of its weights.
        device: where it runs.
        threads: CPU threads; 0 lets the runtime choose.
        min_face: side of the smallest face that MTCNN looks for, px of the picture; the others have no such setting.

    Raises:
        ModelError: weights are missing or of another network, or a package is.

    Example:
        >>> find = make("centerface", Weights(Path("data/models")).file)  # doctest: +SKIP
        >>> find.detect_batch([picture], min_score=0.5)  # doctest: +SKIP
    """
    from facelib.models.anime_frcnn import AnimeFrcnn
    from facelib.models.centerface import CenterFace
    from facelib.models.faceboxes_v2 import FaceBoxesV2
    from facelib.models.mtcnn import Mtcnn
    from facelib.models.s3fd import S3fd
    from facelib.models.scrfd import Scrfd
    from facelib.models.yolov3_face import Yolov3Face
    from facelib.models.yunet import YuNet

    files = [weights(file) for file in KINDS[name].weights]
    if name == "mtcnn":
        return Mtcnn(*files, device=device, threads=threads, min_face=min_face)
    detectors: dict[str, Callable[..., Detector]] = {
        "centerface": CenterFace,
        "scrfd": Scrfd,
        "yunet": YuNet,
        "faceboxes_v2": FaceBoxesV2,
        "s3fd": S3fd,
        "yolov3_face": Yolov3Face,
        "anime_frcnn": AnimeFrcnn,
    }
    return detectors[name](*files, device=device, threads=threads)
