"""Kinds of sources: which adapter reads each. Data alone, so that settings can refuse a kind that nobody reads."""

from __future__ import annotations

# Kind of source: the module and class of its adapter in `extract`, and whether reading its permissions costs so little
# that a question may do it. Imported when one is opened, for drivers are slow to load.
ADAPTERS: dict[str, tuple[str, str, bool]] = {
    "sqlite": ("sqlite", "SqliteAdapter", True),
    "postgres": ("postgres", "PostgresAdapter", False),
    "folder": ("folder", "FolderAdapter", False),
}
