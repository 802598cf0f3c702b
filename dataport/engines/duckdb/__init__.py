"""DuckDB carries statements out: the files that it has open, how it stops, and published grants."""

from dataport.engines.duckdb.engine import DuckDB
from dataport.engines.duckdb.files import own_file, published_figures, published_records
from dataport.engines.duckdb.grants import accounts, all_grants, grants, roles, shared_logins, unknown_permissions

__all__ = [
    "DuckDB",
    "accounts",
    "all_grants",
    "grants",
    "published_figures",
    "published_records",
    "own_file",
    "roles",
    "shared_logins",
    "unknown_permissions",
]
