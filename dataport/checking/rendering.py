"""rendering: what the templates of the dbt project say, without dbt and without a database.

dbt takes seconds to read its project and needs a database to compile it. Here a template is rendered with the project's
own macros and with stand-ins for the few words of dbt that they use, as where nothing was there before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import jinja2
import sqlglot
from sqlglot import exp

from dataport.warehouse.project import MODELS_DIALECT

# A model or seed that a template refers to, as the table that stands for it: no name of ours begins so.
REF = "ref¦"
SOURCE = "source¦"

# Data tests and materialisations are macros of another kind, which no model calls.
_OTHER_BLOCKS = re.compile(r"{%-?\s*(test|materialization)\b.*?{%-?\s*end\1\s*-?%}", re.DOTALL)
_SNAPSHOT = re.compile(r"{%-?\s*(end)?snapshot\b[^%]*%}")
_MACRO = re.compile(r"{%(-?)\s*macro\s+(\w+)")
# A macro that calls another gets the one that catches `return`, so the template's own must be called otherwise.
_INNER = "inner__"


class _Returned(Exception):
    """What a macro returns, on its way to its caller: dbt's `return` ends a macro at once, as this does."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class _Anything:
    """Stands for the parts of dbt that only a run asks for; it renders as nothing."""

    def __getattr__(self, name: str) -> _Anything:
        return self

    def __call__(self, *_: Any, **__: Any) -> _Anything:
        return self

    def __str__(self) -> str:
        return ""


def _returning(value: Any) -> None:
    raise _Returned(value)


class Templates:
    """The project's macros, ready to render its models."""

    def __init__(self, macros: Iterable[Path]) -> None:
        words: Mapping[str, Any] = {
            "ref": lambda name: f'"{REF}{name}"',
            "source": lambda group, name: f'"{SOURCE}{group}.{name}"',
            "config": lambda **_: "",
            "return": _returning,
            "is_incremental": lambda: False,
            "execute": False,
            "this": _Anything(),
            "run_query": _Anything(),
            "adapter": _Anything(),
            "env_var": lambda name, default="": default,
        }
        self._environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)
        self._environment.globals.update(words)
        self._macros: dict[str, Callable[..., Any]] = {}
        texts = [_OTHER_BLOCKS.sub("", path.read_text(encoding="utf-8")) for path in macros]
        # A template keeps the names that were there when it was made: all macros are named before the first is read.
        for text in texts:
            self._environment.globals.update({name: self._called(name) for _, name in _MACRO.findall(text)})
        for text in texts:
            module = self._environment.from_string(_MACRO.sub(rf"{{%\1 macro {_INNER}\2", text)).module
            found = (name for name in dir(module) if name.startswith(_INNER))
            self._macros |= {name.removeprefix(_INNER): getattr(module, name) for name in found}

    def _called(self, name: str) -> Callable[..., Any]:
        def call(*words: Any, **named: Any) -> Any:
            try:
                return self._macros[name](*words, **named)
            except _Returned as returned:
                return returned.value

        return call

    def value(self, macro: str) -> Any:
        """What a macro without arguments returns; None where there is no such macro."""
        return self._called(macro)() if macro in self._macros else None

    def statement(self, text: str) -> exp.Expr:
        """The SQL of a model or snapshot, parsed.

        Raises:
            jinja2.TemplateError, sqlglot.errors.SqlglotError: it is not what it should be.
        """
        return sqlglot.parse_one(
            self._environment.from_string(_SNAPSHOT.sub("", text)).render(), dialect=MODELS_DIALECT
        )
