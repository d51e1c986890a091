"""``docs/reference/commands.md``: every command of the command line with its options and its example."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer

from docs.markdown import code, page, table
from facelib.cli import app

_EXAMPLE = re.compile(r"Example: `([^`]+)`")
_WORDS = {str: "text", int: "number", float: "number", bool: "", Path: "path", list[str]: "text", list[Path]: "path"}


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by its full name, such as ``facelib models fetch``, in the order of the help."""
    yield from _below("facelib", typer.main.get_command(app))


def example(command: Any) -> str:
    """The command line after ``Example:`` in a command's help; empty where there is none."""
    found = _EXAMPLE.search(command.help or "")
    return found[1] if found else ""


def render() -> str:
    """The page."""
    listed = list(commands())
    introduction = (
        "Results go to standard output, progress and problems to standard error; `--json` makes the result one line "
        "of JSON. Settings come from [facelib.toml and the environment](settings.md).\n\n"
        + "\n".join(f"`facelib {option.opts[0]}`: {option.help}" for option in _of_all())
        + "\n\n"
        + table(
            ["exit code", "meaning"],
            [
                ["`0`", "done"],
                ["`1`", "a problem, told in one sentence with the way on"],
                ["`2`", "wrong usage"],
                ["`78`", "the weights of a model are missing or damaged; Airflow skips such a task"],
                ["`130`, `143`", "interrupted or told to stop; what was complete is kept"],
            ],
        )
    )
    contents = table(
        ["command", "what it does"],
        [[f"[`{name}`](#{name.replace(' ', '-')})", _first(command.help)] for name, command in listed],
    )
    return page("Commands", introduction, contents, *(_section(name, command) for name, command in listed))


def _of_all() -> list[Any]:
    """The options before any command."""
    return list(typer.main.get_command(app).params)


def _below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for part, below in command.commands.items():
            yield from _below(f"{name} {part}", below)
    else:
        yield name, command


def _section(name: str, command: Any) -> str:
    arguments = [_argument(p) if p.required else f"[{_argument(p)}]" for p in command.params if _is_argument(p)]
    usage = " ".join([name, *arguments, *(["[OPTIONS]"] if len(command.params) > len(arguments) else [])])
    told = " ".join(_EXAMPLE.sub("", paragraph) for paragraph in (command.help or "").split("\n\n"))
    parts = [f"## {name}", " ".join(told.split()), f"```\n{usage}\n```"]
    if command.params:
        parts.append(table(["option", "takes", "default", "what it does"], [_option(p) for p in command.params]))
    if example(command):
        parts.append(f"Example:\n\n```sh\n{example(command)}\n```")
    return "\n\n".join(parts)


def _option(parameter: Any) -> list[str]:
    names = [_argument(parameter)] if _is_argument(parameter) else [*parameter.opts, *parameter.secondary_opts]
    takes = _takes(parameter.type_descriptor.annotation, parameter.metavar)
    repeated = " ..." if parameter.multiple or parameter.nargs == -1 else ""
    default = "required" if parameter.required else _default(parameter)
    return [", ".join(code(name) for name in names), takes + repeated, default, parameter.help or ""]


def _takes(kind: Any, metavar: str | None) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(code(choice) for choice in get_args(kind))
    return str(metavar) if get_origin(kind) is tuple else _WORDS[kind]


def _default(parameter: Any) -> str:
    if getattr(parameter, "is_flag", False):
        return "on" if parameter.default else "off"
    return code(parameter.default) if parameter.default not in (None, "") else ""


def _argument(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _is_argument(parameter: Any) -> bool:
    return not parameter.opts[0].startswith("-")


def _first(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())
