"""Warehouse: applies landed batches with dbt, publishes files that never change, and opens them sealed."""

from __future__ import annotations

from dataport.warehouse.build import Build, build
from dataport.warehouse.dbt import Limits, write_docs
from dataport.warehouse.grants import GrantsVersion, grants_are_whole, publish_grants, published_grants
from dataport.warehouse.links import KINDS, NO_LINKS, Link, Links, add_link, read_links
from dataport.warehouse.mending import Mended, broken_versions, broken_working_files, mend_versions, mend_working
from dataport.warehouse.project import MODELS_DIALECT
from dataport.warehouse.sealed import OWN, open_own, open_sealed
from dataport.warehouse.versions import Joined, Published, SourceRange, folders, newest, published

__all__ = [
    "KINDS",
    "MODELS_DIALECT",
    "NO_LINKS",
    "OWN",
    "Build",
    "GrantsVersion",
    "Joined",
    "Limits",
    "Link",
    "Links",
    "Mended",
    "Published",
    "SourceRange",
    "add_link",
    "broken_versions",
    "broken_working_files",
    "build",
    "folders",
    "grants_are_whole",
    "mend_versions",
    "mend_working",
    "newest",
    "open_own",
    "open_sealed",
    "publish_grants",
    "published",
    "published_grants",
    "read_links",
    "write_docs",
]
