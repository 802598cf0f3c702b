"""The site of `make docs`: built without a warning, and a link that leads nowhere is one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("*.md", "docs/*.md", "docs/*.ipynb", "docs/manual/*.md", "docs/pictures/*", "docs/site/*", "bench/RESULTS.md")


def built(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    words = ["-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "-c", str(source / "docs" / "site")]
    return subprocess.run([sys.executable, *words, str(source), str(out)], capture_output=True, text=True)


def test_every_page_is_in_the_site_and_a_dead_link_is_an_error(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "site"
    pages = [path for pattern in PAGES for path in ROOT.glob(pattern) if path.is_file()]
    for path in (*pages, ROOT / "LICENSE", ROOT / "NOTICE"):
        (source / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, source / path.relative_to(ROOT))
    done = built(source, out)
    assert done.returncode == 0, done.stderr
    assert "README.html" in (out / "index.html").read_text(encoding="utf-8")
    for path in pages:
        if path.suffix in (".md", ".ipynb"):
            assert (out / path.relative_to(ROOT)).with_suffix(".html").exists(), path
    with (source / "docs" / "ask.md").open("a", encoding="utf-8") as page:
        page.write("\n[Nowhere](nowhere.md) and [nothing](operate.md#there-is-no-such-heading)\n")
    again = built(source, out)
    assert again.returncode != 0 and "nowhere" in again.stderr and "there-is-no-such-heading" in again.stderr
