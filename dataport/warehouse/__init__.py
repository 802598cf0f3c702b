"""Warehouse: applies landed batches with dbt, publishes files that never change, and opens them sealed."""
