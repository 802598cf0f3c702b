"""The programming interface: `dataport.open()` gives a port, a port answers questions."""

from dataport.api.answer import Answer, Change
from dataport.api.case import CaseDoor, Cases, CaseView
from dataport.api.port import Port, declared, open
from dataport.api.quality import Quality, QualityView

__all__ = ["Answer", "CaseDoor", "CaseView", "Cases", "Change", "Port", "Quality", "QualityView", "declared", "open"]
