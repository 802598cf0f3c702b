"""Who asked what: the log that the doors write to before they answer."""

from dataport.audit.log import AuditFailed, AuditLog, Look, Verdict, open_log

__all__ = ["AuditFailed", "AuditLog", "Look", "Verdict", "open_log"]
