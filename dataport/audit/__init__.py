"""Who asked what: the log that the doors write to before they answer."""

from dataport.audit.begun import begin_anew, begin_log, look_trouble
from dataport.audit.log import NOT_DETECTABLE, AuditLog, Loss, Verdict, open_log
from dataport.audit.look import Choice, Look
from dataport.errors import AuditFailed

__all__ = [
    "NOT_DETECTABLE",
    "AuditFailed",
    "AuditLog",
    "Choice",
    "Look",
    "Loss",
    "Verdict",
    "begin_anew",
    "begin_log",
    "look_trouble",
    "open_log",
]
