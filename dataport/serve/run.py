"""run: start the service, where and for whom it may be started."""

from __future__ import annotations

import gc
import ipaddress
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TypeAlias

import uvicorn

from dataport.ask import open_house
from dataport.errors import Refused, WrongRequest
from dataport.jobs.invented import require_invented
from dataport.kept import Kept
from dataport.serve.app import make_app
from dataport.serve.desk import Desk
from dataport.serve.keys import ByKey
from dataport.serve.metrics import Board, Metrics
from dataport.serve.oidc import Provider
from dataport.serve.patience import Patient
from dataport.serve.people import People
from dataport.serve.proxies import Proxies
from dataport.serve.service import Service
from dataport.serve.sessions import Sessions
from dataport.serve.tokens import ByToken
from dataport.settings import ServeSettings, Settings
from dataport.state import AccessKeys, State
from dataport.tether import tie

# How long what is under way may take when the service is told to end.
_DRAIN_SECONDS = 30
# Python looks for garbage after so many more objects, not after 700: an answer of some thousand rows makes 20,000,
# and a third of its time went by so. What nothing leads to is freed at once in any case.
_GARBAGE = (50_000, 20, 50)
# A process that ends at once is not started again and again.
_PAUSE_SECONDS = 1.0
_ENDING = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service listens."""

    host: str = "127.0.0.1"
    port: int = 8000

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


# Is told by which link each account signs in, and where the service listens.
Tell: TypeAlias = Callable[[Mapping[str, str], Place], None]


def serve_demo(settings: Settings, place: Place, logins: tuple[str, ...], tell: Tell) -> None:
    """Serve a home of invented people, on this machine alone; a link signs in as each of these accounts, once.

    Raises:
        Refused: another machine could reach it, or some may be real people.
        WrongRequest: there is nobody to sign in as.
    """
    if not place.is_loopback:
        raise Refused("The demo's service lets in whoever follows a link, so it listens on this machine alone.")
    require_invented(settings)
    wanted = logins or ((settings.viewer,) if settings.viewer else ())
    if not wanted:
        raise WrongRequest("Name somebody to sign in as: --as LOGIN.")
    listening, place = _listening(place)
    service = service_of(settings, place, is_demo=True)
    tell({login: f"{place.address}/signin/{service.people.sessions.link(login)}" for login in wanted}, place)
    _run(service, listening)


def serve_home(settings: Settings, place: Place, workers: int, tell: Tell) -> None:
    """Serve a home to whoever has a key, or an account that the identity provider vouches for.

    Raises:
        Refused: what is said on the way could be read by others.
        WrongRequest: nobody could be known.
    """
    serve = settings.serve
    if serve.oidc is None and not AccessKeys(State(settings.state)).any_valid():
        raise WrongRequest(
            "Nobody could be known: there is neither an identity provider (`[serve.oidc]` in dataport.toml) nor a key "
            "that is valid (`dataport keys create`). With invented people, --demo lets you in."
        )
    if (serve.certificate is None) != (serve.certificate_key is None):
        raise WrongRequest("`certificate` and `certificate_key` go together: give both, or neither.")
    Proxies(serve.trusted_proxies)  # a wrong address is said before anything listens
    if not place.is_loopback and not serve.certificate and not serve.trusted_proxies:
        raise Refused(
            f"Keys and answers would go to {place.host} in clear text. Give a `certificate` and `certificate_key`, or "
            "name the `trusted_proxies` in front that speak TLS (`[serve]` in dataport.toml), or listen on 127.0.0.1."
        )
    listening, place = _listening(place)
    tell({}, place)
    if workers == 1:
        _run(service_of(settings, place), listening)
    else:
        board = Board(workers)
        _Workers(lambda nth: _run(service_of(settings, place, Metrics(board, nth)), listening), workers).run()


def service_of(settings: Settings, place: Place, metrics: Metrics | None = None, *, is_demo: bool = False) -> Service:
    """What one process serves with."""
    house = open_house(settings)
    house.kept = Kept()
    serve, state = settings.serve, State(settings.state)
    is_secure = not is_demo and (bool(serve.certificate or serve.trusted_proxies) or _is_https(serve.public_url))
    provider = None if is_demo or serve.oidc is None else Provider(serve.oidc, f"{_public(serve, place)}/signed-in")
    people = People(
        Sessions(state, serve.session_hours),
        is_secure,
        (ByKey(AccessKeys(state)), *((ByToken(provider),) if provider else ())),
        ((provider.name, "/sign-in"),) if provider else (),
    )
    proxies, metrics = Proxies(serve.trusted_proxies), metrics or Metrics()
    return Service(settings, house, Desk(serve), people, proxies, provider, is_demo, metrics)


def _public(serve: ServeSettings, place: Place) -> str:
    """How browsers reach it."""
    return serve.public_url or (place.address.replace("http:", "https:", 1) if serve.certificate else place.address)


def _is_https(address: str | None) -> bool:
    return address is not None and address.startswith("https:")


def _listening(place: Place) -> tuple[socket.socket, Place]:
    """A socket that listens, so that the address is known, and taken, before it is told."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    # asyncio sends what is written at once only where the protocol is said: else each answer waits 40 ms for the client
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((place.host, place.port))
        listening.listen(2048)  # who follows the link at once waits a moment
    except OSError as problem:
        listening.close()
        said = f"Nothing can listen at {place.address} ({problem.strerror}). Name another --port."
        raise WrongRequest(said) from None
    return listening, Place(place.host, listening.getsockname()[1])


def _run(service: Service, listening: socket.socket) -> None:
    serve = service.settings.serve
    # What was read by now stays to the end. Looking for garbage in it held up one question in a hundred by 30 to 90 ms.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)
    config = uvicorn.Config(
        make_app(service),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=64 * 1024,
        loop="auto",  # uvloop, where there is one
        http=Patient,
        lifespan="on",
        ssl_certfile=_path(serve.certificate),
        ssl_keyfile=_path(serve.certificate_key),
    )
    uvicorn.Server(config).run([listening])


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path)


class _Workers:
    """Processes that serve one home at one address. One that ends is started anew; all end with this one.

    Args:
        serve: by one of them, which is told in whose place it is.
    """

    def __init__(self, serve: Callable[[int], None], count: int) -> None:
        self._serve, self._count = serve, count
        self._is_ending = False
        self._known: dict[int, int] = {}

    def run(self) -> None:
        """Start them, and stay until told to end."""
        for sign in _ENDING:
            signal.signal(sign, self._end)
        for place in range(self._count):
            self._start(place)
        while self._known:
            ended, _ = os.wait()
            freed = self._known.pop(ended, None)
            if not self._is_ending:
                time.sleep(_PAUSE_SECONDS)
            if not self._is_ending and freed is not None:  # it may have been told to meanwhile
                self._start(freed)

    def _start(self, place: int) -> None:
        # nothing that has threads is open in this process, so that a copy of it is whole
        child_end, own_end = os.pipe()
        # a signal that comes meanwhile waits until it is known whom it ends, and the child has no handler of this one
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        parent, child = os.getpid(), os.fork()
        if child:
            os.close(child_end)  # its own end stays open: it closes with this process, and the other one ends
            self._known[child] = place
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return
        os.close(own_end)
        for sign in _ENDING:
            signal.signal(sign, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        code = 1
        try:
            tie(child_end, parent)
            self._serve(place)
            code = 0
        finally:
            os._exit(code)

    def _end(self, sign: int, _: FrameType | None) -> None:
        self._is_ending = True
        for one in tuple(self._known):
            os.kill(one, signal.SIGTERM)
