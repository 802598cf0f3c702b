"""Make the vendored modules of the web pages again, from the packages and entries that dataport/web/vendor.json names.

For maintainers; needs node and npm. Whoever installs or runs Dataport needs neither: what this writes is checked in.

    python tools/vendor.py
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "dataport" / "web"
STATIC, LISTED = WEB / "static", WEB / "vendor.json"
FLAGS = ("--bundle", "--format=esm", "--minify", "--target=es2022", "--legal-comments=none", "--charset=utf8")


def main() -> None:
    listed = json.loads(LISTED.read_text(encoding="utf-8"))
    modules, boundaries = listed["modules"], listed["boundaries"]
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        packages = sorted({name for one in (*modules, boundaries) for name in one["packages"]})
        _install(room, [f"esbuild@{listed['esbuild']}", *packages])
        for one in modules:
            _bundle(room, one)
        shutil.copy(ROOT / "tools" / "boundaries.mjs", room)
        target = STATIC / "geo" / boundaries["file"]
        subprocess.run(["node", "boundaries.mjs", str(target)], cwd=room, check=True)
        boundaries["sha256"] = _digest(target)
        _write_codes(target.with_name("codes.json"))
        licences = sorted({name for one in modules for name in _bundled(room, one)} | {"world-atlas"})
        _write_licences(room, licences)
        listed["licences"] = {
            name: {"version": told["version"], "licence": told["license"]}
            for name in licences
            for told in [_package(room, name)]
        }
    LISTED.write_text(json.dumps(listed, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _install(room: Path, packages: Iterable[str]) -> None:
    (room / "package.json").write_text('{"private": true, "type": "module"}')
    command = ["npm", "install", "--no-audit", "--no-fund", "--save-exact", *packages]
    subprocess.run(command, cwd=room, check=True, stdout=subprocess.DEVNULL)


def _bundle(room: Path, module: dict[str, Any]) -> None:
    entry, target = room / "entry.js", STATIC / "vendor" / module["file"]
    entry.write_text(module["entry"], encoding="utf-8")
    told = f"--metafile={room / (module['file'] + '.json')}"
    subprocess.run(["npx", "esbuild", str(entry), *FLAGS, told, f"--outfile={target}"], cwd=room, check=True)
    module["sha256"] = _digest(target)
    if styles := module.get("styles"):
        sheet = target.with_suffix(".css")
        sheet.write_bytes((room / "node_modules" / styles).read_bytes())
        module["styles_sha256"] = _digest(sheet)


def _bundled(room: Path, module: dict[str, Any]) -> set[str]:
    """The packages that a module is really made of, what they depend on included."""
    inputs = json.loads((room / (module["file"] + ".json")).read_text(encoding="utf-8"))["inputs"]
    return {found[1] for one in inputs if (found := re.search(r"node_modules/((?:@[^/]+/)?[^/]+)/", one))}


def _package(room: Path, name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((room / "node_modules" / name / "package.json").read_text(encoding="utf-8"))
    return told


def _write_licences(room: Path, packages: list[str]) -> None:
    """The licence texts of everything that is vendored, in one file that is served and shipped with it."""
    texts = []
    for package in packages:
        found, told = sorted((room / "node_modules" / package).glob("LICEN[CS]E*")), _package(room, package)
        if not found:
            raise SystemExit(f"{package} ships no licence: look it up, and add it by hand.")
        head = f"{package} {told['version']} ({told['license']})"
        texts.append(f"{head}\n{'=' * len(head)}\n\n{found[0].read_text(encoding='utf-8').strip()}\n")
    (STATIC / "vendor" / "LICENCES.txt").write_text("\n\n".join(texts), encoding="utf-8")


def _write_codes(target: Path) -> None:
    """The codes of ISO by which the map knows countries, for those of UNHCR, from the seed."""
    with (ROOT / "seeds" / "country.csv").open(newline="", encoding="utf-8") as file:
        codes = {row["country_code"]: row["iso3_code"] for row in csv.DictReader(file) if row["iso3_code"]}
    target.write_text(json.dumps(codes, sort_keys=True, separators=(",", ":")) + "\n", encoding="utf-8")


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
