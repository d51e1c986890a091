"""Head pose: three angles from 68 landmarks and the mean shape of a face.

Signs, in the picture as it is seen: **yaw** > 0 the nose points to the right, **pitch** > 0 it points up, **roll** > 0
the head is turned clockwise, so that the eye on the right is the lower one. All are 0 for a face that looks straight
into the camera with level eyes. The rotation is roll after yaw after pitch.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from facelib.models.faces import Floats

# The mean of the meshes of three talking people, each turned to the front and made its own mirror image: the points on
# the right of the picture by number.
_RIGHT_HALF: dict[int, tuple[float, float, float]] = {
    16: (0.762, -0.331, 0.619),
    15: (0.746, -0.118, 0.65),
    14: (0.721, 0.094, 0.614),
    13: (0.669, 0.289, 0.535),
    12: (0.595, 0.448, 0.409),
    11: (0.493, 0.571, 0.259),
    10: (0.358, 0.681, 0.127),
    9: (0.203, 0.771, 0.001),
    8: (0, 0.812, -0.053),
    22: (0.154, -0.649, -0.134),
    23: (0.315, -0.683, -0.105),
    24: (0.444, -0.682, -0.053),
    25: (0.54, -0.645, 0.009),
    26: (0.606, -0.576, 0.079),
    27: (0, -0.491, -0.153),
    28: (0, -0.329, -0.272),
    29: (0, -0.192, -0.411),
    30: (0, -0.102, -0.446),
    33: (0, 0.056, -0.265),
    34: (0.082, 0.058, -0.247),
    35: (0.166, 0.03, -0.213),
    42: (0.192, -0.401, 0.018),
    43: (0.305, -0.462, -0.012),
    44: (0.422, -0.454, 0.007),
    45: (0.5, -0.411, 0.079),
    46: (0.409, -0.377, 0.013),
    47: (0.294, -0.376, -0.006),
    51: (0, 0.211, -0.28),
    52: (0.088, 0.201, -0.269),
    53: (0.177, 0.226, -0.228),
    54: (0.296, 0.321, -0.054),
    55: (0.201, 0.432, -0.156),
    56: (0.094, 0.49, -0.205),
    57: (0, 0.501, -0.212),
    62: (0, 0.287, -0.225),
    63: (0.067, 0.285, -0.216),
    64: (0.253, 0.316, -0.073),
    65: (0.074, 0.381, -0.188),
    66: (0, 0.386, -0.199),
}
MIRROR = np.array(
    [
        *(*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1)),
        *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
        *(*range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), 67, 66, 65),
    ]
)
"""The number that each point has in the mirrored picture."""


def _mean_face() -> Floats:
    face = np.zeros((68, 3), np.float32)
    for number, place in _RIGHT_HALF.items():
        face[MIRROR[number]] = np.array(place) * (-1, 1, 1)
        face[number] = place
    return face


MEAN_FACE = _mean_face()
"""(68, 3) in eye distances, x right, y down, z away from the camera; its mean is about 0."""

RIGID = np.array([0, 1, 2, 14, 15, 16, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 39, 42, 45])
"""The points that neither speech nor expression moves: temples, nose, corners of the eyes."""

_SIZE = float(np.sqrt(MEAN_FACE[:, :2].var(axis=0).sum()))
DISTANCE = 10.0
"""Assumed distance of the camera in eye distances, about 0.9 m: the focal length of a cut-out picture is not known."""


def head_pose(points: Floats) -> Floats:
    """Yaw, pitch and roll of some faces, by the pose of the mean face that projects to their points.

    Args:
        points: (n, 68, 2) px.

    Returns:
        (n, 3) degrees, -180..180; NaN where there is no solution. Exact for the mean face itself; a real one differs
        from it, which mostly shifts the pitch by a few degrees, the same in all frames of a person.

    Example:
        >>> head_pose(MEAN_FACE[None, :, :2] * 100).round().tolist()[0][0]
        0.0
    """
    poses = np.full((len(points), 3), np.nan, np.float32)
    for number, face in enumerate(np.asarray(points, np.float64)):
        rotation = _rotation_of(face)
        if rotation is not None:
            poses[number] = angles(rotation)
    return poses


def _rotation_of(face: NDArray[np.float64]) -> NDArray[np.float64] | None:
    # The camera looks at the middle of the face. The spread of the points down the face gives its scale: unlike the eye
    # distance it holds for profiles.
    middle = face.mean(axis=0)
    size = float(np.sqrt(face.var(axis=0).sum()))
    if not np.isfinite(size) or size < 1e-6:
        return None
    focal = DISTANCE * size / _SIZE
    seen, model = face[RIGID], MEAN_FACE[RIGID].astype(np.float64)
    camera = np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1]])
    solved, turn, shift = cv2.solvePnP(model, seen, camera, None, flags=cv2.SOLVEPNP_SQPNP)
    if not solved or shift[2, 0] <= 0:
        return None
    turn, _ = cv2.solvePnPRefineLM(model, seen, camera, None, turn, shift)
    return np.asarray(cv2.Rodrigues(turn)[0], np.float64)


def angles(rotation: NDArray[np.float64]) -> tuple[float, float, float]:
    """Yaw, pitch and roll, degrees, of a rotation of the face in axes x right, y down, z away from the camera.

    >>> [round(angle) for angle in angles(rotation_matrix(20, 10, -5))]
    [20, 10, -5]
    """
    yaw = np.arcsin(np.clip(rotation[2, 0], -1, 1))
    pitch = -np.arctan2(rotation[2, 1], rotation[2, 2])
    roll = np.arctan2(rotation[1, 0], rotation[0, 0])
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))


def rotation_matrix(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """The rotation with these angles in degrees; the opposite of :func:`angles`.

    Returns:
        (3, 3): its columns are the directions of the face's own axes, x to the right, y down, z to its back.
    """
    (sin_y, sin_p, sin_r), (cos_y, cos_p, cos_r) = (
        [wave(np.radians(angle)) for angle in (-yaw, -pitch, roll)] for wave in (np.sin, np.cos)
    )
    about_y = np.array([[cos_y, 0, sin_y], [0, 1, 0], [-sin_y, 0, cos_y]])
    about_x = np.array([[1, 0, 0], [0, cos_p, -sin_p], [0, sin_p, cos_p]])
    about_z = np.array([[cos_r, -sin_r, 0], [sin_r, cos_r, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x, np.float64)
