"""Who asked what: the log that the doors write to before they answer."""

from dataport.audit.begun import begin_anew, begin_log, look_trouble
from dataport.audit.log import AuditLog, open_log
from dataport.audit.look import Choice, Look
from dataport.audit.together import Together
from dataport.audit.usage import Day, usage
from dataport.audit.verdict import NOT_DETECTABLE, Loss, Removed, Verdict
from dataport.errors import AuditFailed

__all__ = [
    "Day",
    "usage",
    "NOT_DETECTABLE",
    "AuditFailed",
    "AuditLog",
    "Choice",
    "Look",
    "Loss",
    "Removed",
    "Together",
    "Verdict",
    "begin_anew",
    "begin_log",
    "look_trouble",
    "open_log",
]
