"""The folder of a small Airflow: its configuration and its secrets, readable by their owner alone."""

import base64
import json
import os
import secrets
import socket
from pathlib import Path

ADMIN = "admin"
PASSWORDS_FILE = "passwords.json"
_CONFIG_FILE = "airflow.cfg"

_TEMPLATE = """\
[core]
dags_folder = {dags}
executor = LocalExecutor
parallelism = {parallelism}
load_examples = False
dags_are_paused_at_creation = True
dagbag_import_timeout = 120
auth_manager = airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager
simple_auth_manager_users = {admin}:admin
simple_auth_manager_passwords_file = {home}/{passwords}
execution_api_server_url = {tasks_url}/execution/
fernet_key = {fernet}

[database]
sql_alchemy_conn = sqlite:///{home}/airflow.db
check_migrations = False

[api]
host = 127.0.0.1
port = {port}
base_url = {url}
workers = 1
secret_key = {secret}

[api_auth]
jwt_secret = {jwt}

[logging]
base_log_folder = {home}/logs
colored_console_log = False

[dag_processor]
dag_file_processor_timeout = 180
parsing_processes = 1
min_file_process_interval = 30
refresh_interval = 30

[scheduler]
scheduler_heartbeat_sec = 1
scheduler_idle_sleep_time = 0.3
enable_health_check = False

[workers]
min_heartbeat_interval = 1
"""


def write_config(home: Path, dags: Path, port: int, tasks_port: int, parallelism: int) -> None:
    """Write ``airflow.cfg``, keeping the secrets of an earlier start so that open logins stay valid.

    Args:
        home: AIRFLOW_HOME; made if missing, for its owner alone.
        dags: folder of the DAG files.
        port: port of the web pages and the REST API on 127.0.0.1.
        tasks_port: port of the API that tasks talk to, on 127.0.0.1.
        parallelism: tasks at a time.
    """
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    kept = _secrets(home / "secrets.json")
    write_private(home / PASSWORDS_FILE, json.dumps({ADMIN: kept["password"]}))
    text = _TEMPLATE.format(
        home=home, dags=dags, port=port, parallelism=parallelism, admin=ADMIN, passwords=PASSWORDS_FILE,
        url=local_url(port), tasks_url=local_url(tasks_port),
        fernet=kept["fernet"], secret=kept["secret"], jwt=kept["jwt"],
    )  # fmt: skip
    write_private(home / _CONFIG_FILE, text)


def local_url(port: int) -> str:
    """Address of a port of this machine."""
    return f"http://127.0.0.1:{port}"


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at the moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def admin_password(home: Path) -> str:
    """Password of the user ``admin``, as in the file ``passwords.json``."""
    return str(json.loads((home / PASSWORDS_FILE).read_text())[ADMIN])


def environment(home: Path, extra: dict[str, str]) -> dict[str, str]:
    """Variables of Airflow's processes: this process's own, without any other Airflow's settings, and ``extra``."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW_")}
    return {**own, "AIRFLOW_HOME": str(home), "NO_COLOR": "1", **extra}


def write_private(path: Path, text: str) -> None:
    """Replace a file by one with mode 0600, never readable by others in between."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def _secrets(path: Path) -> dict[str, str]:
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text())
        return kept
    made = {
        "password": secrets.token_urlsafe(18),
        "jwt": secrets.token_hex(64),
        "secret": secrets.token_hex(32),
        "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
    write_private(path, json.dumps(made))
    return made
