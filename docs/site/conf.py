"""The site of all pages: they stand where a repository shows them, and are linked as they are there. See `make docs`."""

project = "Dataport"
root_doc = "README"
extensions = ["myst_nb"]
include_patterns = ["*.md", "docs/*.md", "docs/manual/*.md", "docs/*.ipynb", "bench/RESULTS.md"]
exclude_patterns = [".*", "dataport", "dist", "jupyter_execute", "logs", "models", "mutants", "seeds", "site", "snapshots", "target", "tests"]

html_theme = "furo"
html_title = "Dataport"
html_show_sphinx = False

# A heading can be linked to, as a repository's own pages let one.
myst_heading_anchors = 4
# What stands in a notebook was written down by a run that a test repeats.
nb_execution_mode = "off"
# Console blocks hold answers too, and a page may begin below its first level.
suppress_warnings = ["misc.highlighting_failure", "myst.header"]
html_extra_path = ["index.html"]

# What stands at the side. README has its own list of links, which a repository shows, and no words of this generator.
NAVIGATION = """

```{toctree}
:hidden:
:caption: Use it

docs/ask
docs/web
docs/notebook
docs/embed
docs/connect
docs/operate
docs/manual/README
```

```{toctree}
:hidden:
:caption: What it says and refuses

docs/define
docs/attacks
GLOSSARY
CHANGELOG
```

```{toctree}
:hidden:
:caption: How it is made

docs/architecture
docs/decisions
DEVELOPERS
bench/RESULTS
docs/tried
```
"""
CHAPTERS = """

```{toctree}
:hidden:
:glob:

*
```
"""


def setup(app) -> None:
    """Pages get their place in the navigation while they are read."""
    app.connect("source-read", _placed)


def _placed(_, name: str, source: list[str]) -> None:
    source[0] += {"README": NAVIGATION, "docs/manual/README": CHAPTERS}.get(name, "")
