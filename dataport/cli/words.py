"""What a command says of its words for completion (`completion`), which a question never imports."""

from __future__ import annotations

import click

VARIABLE = "_DATAPORT_COMPLETE"


class Word(click.ParamType):
    """A text of which something public is known: which names may stand there."""

    name = "text"

    def __init__(self, completes: str) -> None:
        self.completes = completes
