"""What may be told: release turns a raw answer into a SafeTable."""

from dataport.disclosure.release import CellStatus, SafeColumn, SafeTable, SafeTotal, release

__all__ = ["CellStatus", "SafeColumn", "SafeTable", "SafeTotal", "release"]
