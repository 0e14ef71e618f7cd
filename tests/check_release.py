"""Holds what `make release` leaves against what a release promises.

    check_release.py FOLDER VERSION

The archive's checksum is its own; it has a program of every step, each of which runs and says the version; each has a bill of
materials that names the program's modules and Go itself, and DuckDB where it has DuckDB inside; no path of the machine that built
them is in them. Ends with 1 where something differs.
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

REPO = pathlib.Path(__file__).resolve().parent.parent
BESIDE = {"CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "restaurants.yaml"}
WITH_DUCKDB = {"load", "report", "care"}


def expect(holds: bool, says: str) -> None:
    """End with 1 and some words unless something holds."""
    if not holds:
        raise SystemExit(f"release: {says}")


def check(folder: pathlib.Path, version: str) -> str:
    """Check the one archive of a folder, and return what was met."""
    archives = sorted(folder.glob("*.tar.gz"))
    expect(len(archives) == 1, f"{folder} has {len(archives)} archives")
    archive = archives[0]
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    line = archive.with_name(archive.name + ".sha256").read_text()
    expect(line == f"{digest}  {archive.name}\n", f"the checksum's line is {line!r}")
    steps = {main.parent.name for main in REPO.glob("tasks/*/main.go")}
    top = archive.name.removesuffix(".tar.gz")
    with tempfile.TemporaryDirectory() as unpacked:
        with tarfile.open(archive) as tar:
            members = {member.name.removeprefix(top + "/"): member for member in tar.getmembers()}
            tar.extractall(unpacked, filter="data")
        expect(set(members) == steps | BESIDE | {f"sbom/{step}.cdx.json" for step in steps}, f"it has {sorted(members)}")
        expect({(m.mtime, m.uid, m.uname) for m in members.values()} == {(0, 0, "")}, "times or owners are told")
        here = pathlib.Path(unpacked) / top
        for step in sorted(steps):
            said = subprocess.run([here / step, "--version"], capture_output=True, text=True, check=True).stdout
            expect(version in said, f"{step} --version says {said!r}")
            check_bill(step, json.loads((here / "sbom" / f"{step}.cdx.json").read_text()))
            built = (here / step).read_bytes()
            expect(str(REPO).encode() not in built, f"{step} names the folder in which it was built")
    return f"{archive.name}: {len(steps)} programs, {archive.stat().st_size >> 20} MiB, the same bytes twice"


def check_bill(step: str, bill: dict[str, object]) -> None:
    """Check a program's bill of materials."""
    components = bill["components"]
    assert isinstance(components, list)
    names = {component["name"] for component in components}
    expect({"std", "github.com/rs/zerolog"} <= names, f"the bill of {step} lacks Go or a module: {sorted(names)}")
    has = "github.com/duckdb/duckdb-go/v2" in names
    expect(has == (step in WITH_DUCKDB), f"the bill of {step} says of DuckDB: {has}")


if __name__ == "__main__":
    print(check(pathlib.Path(sys.argv[1]), sys.argv[2]))
