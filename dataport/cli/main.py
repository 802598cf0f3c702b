"""The table of commands. Each command's module is imported when it is used, so that a question starts fast."""

from __future__ import annotations

import gc
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from typing import Any

import click

from dataport import __version__
from dataport.cli.report import show_error, show_note, show_usage
from dataport.cli.streams import standard_output, typed_words
from dataport.cli.words import VARIABLE
from dataport.errors import DataportError, DiskFull, is_full

# Command: its module and its one-line help. Imported when used, as in the tables of adapters and of stores alone.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "See it all at once: a small store, a build, and four answers."),
    "register": ("register", "Create a synthetic registration store, or let days pass in one."),
    "extract": ("pipeline", "Land what changed in the registration stores."),
    "build": ("pipeline", "Apply what has landed, test it, publish it."),
    "refresh": ("pipeline", "Permissions, extract, build and publish: the scheduled job."),
    "status": ("state", "How fresh the published figures are, and whether all files are whole."),
    "repair": ("state", "Mend what of a home is gone, cut or changed."),
    "doctor": ("doctor", "What each source must allow so that all of it can be read."),
    "dev": ("dev", "Build a small fixed home after a change of a model, a seed or a definition."),
    "check": ("check", "What stands in one place of the project and not in the other, before a build."),
    "backup": ("operate", "Copy a home, and its keys apart from it."),
    "restore": ("operate", "Put a home back from its backup, or only check the backup."),
    "prune": ("operate", "Give up older published versions and what was left half-done."),
    "keys": ("keys", "Keys of the home: list, rotate; keys of programs: create, revoke."),
    "docs": ("pipeline", "Write a page about every table of the warehouse, with its lineage."),
    "cube": ("cube", "The protected statistics of each month: build, status, audit, withdraw."),
    "ask": ("ask", "Ask for indicators, with breakdowns and filters."),
    "change": ("change", "Why a number moved between two days."),
    "explain": ("ask", "How a question would be answered: the plan in words, then the SQL."),
    "catalog": ("catalog", "What can be asked: indicators, breakdowns, their members."),
    "case": ("case", "Open a case, for a purpose: show, history, compare."),
    "quality": ("quality", "Where records are poor, and which to correct: scorecard, records, working list, report."),
    "serve": ("serve", "One address for programs and people: the service."),
    "access": ("access", "Who may see what, and why: why, check."),
    "links": ("links", "Records of several stores that are one person's: check, add."),
    "audit": ("audit", "The log of looks: verify, show, export, begin."),
}

# What only asks makes no arrays, and numpy is a third of what such a process would import.
_WITHOUT_ARRAYS = frozenset({"ask", "change", "explain", "catalog", "case", "access", "audit"})


@contextmanager
def _without_numpy() -> Iterator[None]:
    """pyarrow is imported as it is where numpy is not installed, which it supports."""
    if "numpy" in sys.modules or "pyarrow" in sys.modules:
        yield
        return
    sys.modules["numpy"] = None  # type: ignore[assignment]
    try:
        import_module("pyarrow.compute")
        yield
    finally:
        del sys.modules["numpy"]


@contextmanager
def _uncollected() -> Iterator[None]:
    """What is imported stays to the end, so that looking for garbage among it, again and again, finds none."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class _Commands(click.Group):
    """A group whose commands are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        with _uncollected(), _without_numpy() if name in _WITHOUT_ARRAYS else nullcontext():
            module = import_module(f"dataport.cli.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # The help of the whole needs no command imported.
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dataport")
def cli() -> None:
    """Governed statistics for registration data.

    \b
    Example:
      dataport register create --scale 0.01
      dataport refresh
      dataport ask active_individuals --by country_of_asylum --top 10

    Exit codes: 0 answered, 2 wrong usage, 3 refused, 4 not there or not visible, 5 busy, 1 anything else.
    """


class _WithoutPandas:
    """pandas as if it were not installed, for no command has a use for it.

    Arrow looks for it when it makes an array of a list, and importing it would take as long as most answers.
    """

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("The command line does without pandas.", name=name)


# Options that say who asks what: a proposal has them too.
_ASKERS = ("--as", "--class", "--home")


def main(arguments: list[str] | None = None) -> Any:
    """The console script. What it or its children create is private to the account that runs it."""
    os.umask(0o077)
    if arguments is None and (instruction := os.environ.get(VARIABLE)):
        completion = import_module("dataport.cli.completion")
        sys.exit(completion.run(instruction, lambda: import_module("dataport.cli.completion_words").words()))
    if arguments is None:
        sys.meta_path.insert(0, _WithoutPandas)
    with standard_output():
        return _run(typed_words() if arguments is None else arguments)


def _run(arguments: list[str]) -> Any:
    """One command, and what its end is called: nothing but an answer has exit code 0."""
    try:
        return cli.main(args=arguments, prog_name="dataport", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as problem:
        show_usage(problem)
        sys.exit(problem.exit_code)
    except (click.Abort, KeyboardInterrupt):
        show_error("Interrupted. What was published before is as it was.")
        sys.exit(130)
    except DataportError as problem:
        show_error(str(problem))
        if problem.nearest:
            nearest = " ".join(("dataport ask", problem.nearest, *_as_whom(arguments)))
            show_note(f"The nearest that can be answered: {nearest}")
        sys.exit(problem.exit_code)
    except Exception as defect:
        if is_full(defect):
            show_error(str(DiskFull()))
            sys.exit(DiskFull.exit_code)
        if isinstance(defect, OSError) and defect.errno:
            show_error(
                f"The operating system refused it: {os.strerror(defect.errno)}. Nothing half-written counts. Check the "
                "disk and the permissions of the home folder and of what it reads, then run the command again."
            )
            sys.exit(1)
        # A traceback may hold values of persons; whoever mends it asks for it.
        if os.environ.get("DATAPORT_DEBUG"):
            raise
        show_error(
            f"This is a defect of Dataport ({type(defect).__name__}). Nothing was answered. Run the command again with "
            "DATAPORT_DEBUG=1 on a store without real people to see where, and tell whoever maintains it."
        )
        sys.exit(1)


def _as_whom(arguments: list[str]) -> Iterator[str]:
    """Who asks, as which class and of which home, as it was typed: as somebody else it would be another question."""
    for at, word in enumerate(arguments):
        name, is_one, value = word.partition("=")
        if name in _ASKERS and (is_one or at + 1 < len(arguments)):
            yield shlex.join((name, value if is_one else arguments[at + 1]))
