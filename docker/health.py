"""Health of a container: `health.py` reads the settings, `health.py URL [PART]` asks a server.

Without arguments, the settings must be readable and the store must open. With a URL, it must answer 200 within the
time; with the name of a part, the answer must be Airflow's and call that part healthy. The exit code says which.
"""

import json
import sys
import urllib.request

SECONDS = 8


def healthy(url: str, part: str = "") -> bool:
    """Whether a server answers, and calls a part of it healthy."""
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - an address of the image's own
        text = answer.read()
    return not part or json.loads(text)[part]["status"] == "healthy"


def main(arguments: list[str]) -> int:
    """Exit code: 0 where all is well."""
    if arguments:
        try:
            return 0 if healthy(*arguments) else 1
        except (OSError, ValueError, KeyError) as error:
            print(f"{arguments[0]}: {error}", file=sys.stderr)
            return 1
    from facelib import settings
    from facelib.errors import FacelibError

    try:
        settings.load().open_store()
    except FacelibError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
