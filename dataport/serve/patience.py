"""patience: how long somebody who has connected may take to say what they want. Bodies are waited for elsewhere."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

_SECONDS = 30.0


class Patient(H11Protocol):
    """A connection, which is closed when the head of a request does not come to its end.

    Without it whoever opens connections and says nothing, or a letter now and then, would keep others out.
    """

    seconds = _SECONDS
    _closing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait on, unless a request has begun with this."""
        before = self.cycle
        super().data_received(data)
        is_idle = self.cycle is None or self.cycle.response_complete
        if self.cycle is not before or not is_idle:
            self._stop_waiting()
        elif self._closing is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is waited for any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._closing = self.loop.call_later(self.seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
