"""The service: one address for programs and people. It parses, calls and renders; no rule lives here."""
