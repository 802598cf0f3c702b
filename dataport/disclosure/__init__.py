"""What may be told: release turns a raw answer into a SafeTable."""

from dataport.disclosure.flat import METADATA_KEY, described, flat
from dataport.disclosure.release import CellStatus, SafeColumn, SafeTable, SafeTotal, release

__all__ = ["METADATA_KEY", "CellStatus", "SafeColumn", "SafeTable", "SafeTotal", "described", "flat", "release"]
