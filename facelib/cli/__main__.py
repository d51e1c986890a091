"""``python -m facelib.cli``."""

from facelib.cli import main

main()
