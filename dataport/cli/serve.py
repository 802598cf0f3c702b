"""dataport serve."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import click

from dataport.cli.options import format_option, home_option, settings_of
from dataport.cli.report import say, say_json
from dataport.errors import WrongRequest

try:
    from dataport.serve.run import Place, serve_demo, serve_home
except ModuleNotFoundError as missing:
    if (missing.name or "").startswith("dataport"):
        raise
    raise WrongRequest(f"This needs {missing.name}, which is not installed: `pip install 'dataport[serve]'`.") from None


@click.command()
@home_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any that is free.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="How many processes answer.")
@click.option("--demo", is_flag=True, help="Serve invented people, on this machine alone: a link signs in, once.")
@click.option("--as", "logins", multiple=True, metavar="LOGIN", help="With --demo: whom a link signs in; repeat.")
@format_option("table", "json")
def serve(
    home: Path | None, host: str, port: int, workers: int, demo: bool, logins: tuple[str, ...], form: str
) -> None:
    """Serve the questions of programs and people over HTTP, until it is stopped.

    People sign in by the identity provider of `[serve.oidc]` in dataport.toml; programs have its tokens, or a key
    (`dataport keys create`). Other machines reach it only by TLS, of its own or of a proxy that is named.

    \b
    Examples:
      dataport serve --demo --port 8000
      dataport serve --host 0.0.0.0 --port 8443 --workers 2
    """
    settings = settings_of(home, whole=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    # what libraries say of their requests may hold what is told to nobody
    for library in ("uvicorn", "httpx", "httpcore"):
        logging.getLogger(library).setLevel(logging.WARNING)

    def tell(links: Mapping[str, str], place: Place) -> None:
        if form == "json":
            say_json({"address": place.address, "links": [{"login": one, "link": link} for one, link in links.items()]})
            return
        for login, link in links.items():
            say(f"Signs in as {login}, once: {link}")
        say(f"It serves at {place.address} until it is stopped (Ctrl-C).")

    if demo and workers > 1:
        raise WrongRequest("A link signs in at the one process that made it: leave --workers out, or --demo.")
    if logins and not demo:
        raise WrongRequest("--as goes with --demo: elsewhere people sign in by themselves.")
    if demo:
        serve_demo(settings, Place(host, port), logins, tell)
    else:
        serve_home(settings, Place(host, port), workers, tell)
