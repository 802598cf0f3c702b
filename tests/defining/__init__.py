"""The reference of the definition language: examples that are tests, and the page they are rendered to."""
