"""What an Airflow needs once before its parts start: its database, its pools, and the password of its user.

Run it at each start: it changes only what differs. With the argument `password` it does no more than write the
password, which comes from AIRFLOW_ADMIN_PASSWORD and goes into the file that the setting
`simple_auth_manager_passwords_file` names; without the variable, no file is written.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ADMIN = "admin"
POOLS = Path("/opt/airflow/dags/pools.json")
PASSWORD = "AIRFLOW_ADMIN_PASSWORD"  # noqa: S105 - the name of a variable


def write_password(file: Path, password: str) -> None:
    """Put the password where the API server reads it, in a file for its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        json.dump({ADMIN: password}, opened)
    new.replace(file)


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 where all is ready."""
    commands = [] if "password" in arguments else [["db", "migrate"], ["pools", "import", str(POOLS)]]
    for command in commands:
        done = subprocess.run([sys.executable, "-m", "airflow", *command])
        if done.returncode:
            return done.returncode
    if password := os.environ.get(PASSWORD):
        from airflow.configuration import conf

        write_password(Path(conf.get_mandatory_value("core", "simple_auth_manager_passwords_file")), password)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
