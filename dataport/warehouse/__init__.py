"""Warehouse: applies landed batches with dbt, publishes files that never change, and opens them sealed."""

from __future__ import annotations

from dataport.warehouse.build import Build, build
from dataport.warehouse.dbt import Limits, write_docs
from dataport.warehouse.grants import GrantsVersion, publish_grants, published_grants
from dataport.warehouse.links import KINDS, NO_LINKS, Link, Links, add_link, read_links
from dataport.warehouse.publish import Joined, Published, SourceRange, newest, published
from dataport.warehouse.sealed import OWN, open_own, open_sealed

__all__ = [
    "KINDS",
    "NO_LINKS",
    "OWN",
    "Build",
    "GrantsVersion",
    "Joined",
    "Limits",
    "Link",
    "Links",
    "Published",
    "SourceRange",
    "add_link",
    "build",
    "newest",
    "open_own",
    "open_sealed",
    "publish_grants",
    "published",
    "published_grants",
    "read_links",
    "write_docs",
]
