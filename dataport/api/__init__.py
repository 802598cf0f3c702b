"""The programming interface: `dataport.open()` gives a port, a port answers questions."""

from dataport.api.port import Answer, Port, open

__all__ = ["Answer", "Port", "open"]
