"""The command line: parse, call, render. No rule lives here."""

from dataport.cli.main import main

__all__ = ["main"]
