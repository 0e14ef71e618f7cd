"""Writes explore.ipynb from explore.py, the same bytes for the same cells, without outputs."""

import pathlib

import jupytext
import nbformat

HERE = pathlib.Path(__file__).resolve().parent


def notebook() -> str:
    """Return the notebook's text."""
    made = jupytext.read(HERE / "explore.py", fmt="py:percent")
    for n, cell in enumerate(made.cells):
        cell.id = f"cell-{n:02}"
        cell.metadata = {}
    made.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return nbformat.writes(made, version=4) + "\n"


if __name__ == "__main__":
    (HERE / "explore.ipynb").write_text(notebook())
