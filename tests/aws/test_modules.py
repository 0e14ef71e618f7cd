"""terraform/ as it stands: form, the modules' own tests, what the READMEs say, reasons beside wildcards, and checkov."""

import json
import os
import pathlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import EXAMPLES, MODULES, TERRAFORM, Terraform, clean_env

FOLDERS = [f"modules/{m}" for m in MODULES] + [f"examples/{e}" for e in EXAMPLES]


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_has_the_same_four_files_and_a_readme(folder: str) -> None:
    files = {p.name for p in (TERRAFORM / folder).iterdir() if p.is_file() and not p.name.startswith(".terraform")}
    assert files == {"main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md"}


def test_fmt() -> None:
    Terraform(TERRAFORM, clean_env()).run("fmt", "-check", "-recursive", "-diff", "-no-color")


@pytest.mark.parametrize("module", MODULES)
def test_module(module: str, tree: pathlib.Path, tmp_path: Path) -> None:
    """The module's own tests, with the provider mocked. They validate it too."""
    folder = tree / "modules" / module
    if (folder / "unprotected").exists():  # the tests end by destroying what they made
        folder = shutil.copytree(folder, tmp_path / module)
        shutil.copy(folder / "unprotected" / "destroy_override.tf", folder)
    terraform = Terraform(folder, clean_env())
    terraform.init()
    assert re.search(r"Success! [1-9]\d* passed, 0 failed\.", terraform.run("test", "-no-color"))


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_is_valid(example: str, tree: pathlib.Path, tmp_path: Path) -> None:
    terraform = Terraform(tree / "examples" / example, clean_env(TF_DATA_DIR=str(tmp_path)))
    terraform.init("-backend=false")
    assert "The configuration is valid." in terraform.run("validate", "-no-color")


def declared(folder: str, kind: str) -> dict[str, str]:
    """Return names and descriptions of a folder's variables or outputs. Each must have a description."""
    text = (TERRAFORM / folder / f"{kind}s.tf").read_text()
    blocks = re.findall(rf'^{kind} "(\w+)" {{\n(.*?)^}}', text, re.MULTILINE | re.DOTALL)
    return {name: re.findall(r'^\s*description\s*= "(.*)"\n', body)[0] for name, body in blocks}


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("kind", ["variable", "output"])
def test_the_readme_lists_what_there_is(folder: str, kind: str) -> None:
    readme = (TERRAFORM / folder / "README.md").read_text()
    (section,) = re.findall(rf"^## {kind.title()}s\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    listed = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE))
    assert listed == declared(folder, kind)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_variable_has_a_type(folder: str) -> None:
    text = (TERRAFORM / folder / "variables.tf").read_text()
    assert len(re.findall(r"^variable ", text, re.MULTILINE)) == len(re.findall(r"^  type\s+= ", text, re.MULTILINE)) > 0


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_wildcard_has_its_reason_beside_it(folder: str) -> None:
    lines = (TERRAFORM / folder / "main.tf").read_text().splitlines()
    bare = []
    for line in lines:
        code = re.sub(r"(^|\s)#.*", "", line)
        if re.search(r'"[^"]*\*[^"]*"', code) and not re.search(r"\s# \w.{7,}", line):
            bare.append(line)
    # A cron expression and the files of a folder are not policies.
    assert [line for line in bare if "cron(" not in line and "fileset(" not in line] == []


def test_no_policy_is_written_where_the_test_above_would_not_see_it() -> None:
    """Wildcards are looked for in main.tf: nothing else has policies, and none comes from AWS ready-made."""
    for path in TERRAFORM.rglob("*.tf"):
        text = path.read_text()
        assert "aws_iam_role_policy_attachment" not in text and "managed_policy_arns" not in text, path
        assert path.name == "main.tf" or "Statement" not in text, path


def test_checkov_finds_nothing_that_is_not_explained() -> None:
    done = subprocess.run(
        [
            os.environ["COVERS_CHECKOV"],
            "--directory",
            str(TERRAFORM),
            "--framework",
            "terraform",
            "--skip-download",
            "--skip-path",
            "unprotected",  # a few lines that are merged into the lake's, which is looked at without them
            "--compact",
            "--output",
            "json",
        ],
        text=True,
        capture_output=True,
        env=clean_env(),
        check=False,
    )
    found = json.loads(done.stdout)
    assert found["summary"]["parsing_errors"] == 0 and found["summary"]["passed"] > 100
    assert [(c["check_id"], c["check_name"], c["resource"]) for c in found["results"]["failed_checks"]] == []
    assert all(len(c["check_result"]["suppress_comment"]) > 20 for c in found["results"]["skipped_checks"])
    assert done.returncode == 0
