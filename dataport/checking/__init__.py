"""Checking: one fact that two languages must each say is the same in both, before anything is built. Reads no row."""

from __future__ import annotations

from dataport.checking.finding import Finding, Place
from dataport.checking.whole import check_file, check_home, check_project

__all__ = ["Finding", "Place", "check_file", "check_home", "check_project"]
