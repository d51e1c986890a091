"""Writes docker/.env: passwords and keys for docker/compose.yaml, made once, and the tag of the images of this tree.

What the file has already is kept, so that a database goes on with its password; only the tag follows the tree.
"""

import argparse
import base64
import os
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ENV_FILE = Path(__file__).with_name(".env")
HEADER = "# Passwords and keys of docker/compose.yaml. Anybody who can read this file can use them.\n"

MADE: Mapping[str, Callable[[], str]] = {
    "POSTGRES_PASSWORD": lambda: secrets.token_hex(24),
    "AIRFLOW_ADMIN_PASSWORD": lambda: secrets.token_urlsafe(18),
    "AIRFLOW_FERNET_KEY": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "AIRFLOW_JWT_SECRET": lambda: secrets.token_hex(64),
    "AIRFLOW_SECRET_KEY": lambda: secrets.token_hex(32),
    "S3_ACCESS_KEY": lambda: secrets.token_hex(10).upper(),
    "S3_SECRET_KEY": lambda: secrets.token_hex(20),
}
"""Each secret, and how one is made. The password of Postgres is part of a URL, so it is letters and digits."""


def read(path: Path) -> dict[str, str]:
    """The variables of a file of lines NAME=value; none where there is no file."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def write(path: Path, tag: str) -> dict[str, str]:
    """Complete the file, readable by its owner alone, and return what it holds."""
    kept = read(path)
    values = {
        **{name: make() for name, make in MADE.items() if not kept.get(name)},
        **{k: v for k, v in kept.items() if v},
    }
    values["IMAGE_TAG"] = tag
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(HEADER + "".join(f"{name}={value}\n" for name, value in sorted(values.items())))
    new.replace(path)
    return values


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args(
        arguments
    )
    from build import tag

    values = write(ENV_FILE, tag())
    print(f"{ENV_FILE}: images {values['IMAGE_TAG']}; Airflow's user is admin, its password AIRFLOW_ADMIN_PASSWORD")
    return 0


if __name__ == "__main__":
    sys.exit(main())
