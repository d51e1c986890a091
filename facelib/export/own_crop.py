"""Formats whose pictures are square: how their items are cut where the user names no crop policy."""

from facelib.export.options import ExportOptions
from facelib.media.crop_policies import POLICIES


def own_crop(options: ExportOptions, crop: str, size: int) -> ExportOptions:
    """The options with a format's own crop in place of the window, and its own size in place of none.

    The window of a clip is seldom square, so it has no use in a format whose pictures are.

    Args:
        options: as the user gave them; a crop policy other than ``window`` and a size other than 0 stay.
        crop: the format's crop policy.
        size: its width and height of the pictures, px; used only with a policy that has no size of its own.

    Example:
        >>> own_crop(ExportOptions(crop="lrs"), "follow", 224).crop, own_crop(ExportOptions(), "follow", 224).crop
        ('lrs', 'follow')
    """
    chosen = crop if options.crop == "window" else options.crop
    wanted = options.size or (0 if POLICIES[chosen].default_size else size)
    return options.model_copy(update={"crop": chosen, "size": wanted})
