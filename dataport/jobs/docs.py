"""The page about every table of the warehouse: written by dbt, and needed by nobody but who runs it."""

from dataport.warehouse.dbt import write_docs

__all__ = ["write_docs"]
