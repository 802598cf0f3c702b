"""The programming interface: `dataport.open()` gives a port, a port answers questions."""

from dataport.api.case import CaseDoor, CaseView
from dataport.api.port import Answer, Port, declared, open

__all__ = ["Answer", "CaseDoor", "CaseView", "Port", "declared", "open"]
