"""What the tests of the images share: docker, as a user calls it, and what is inside an image."""

import gzip
import io
import json
import os
import pathlib
import subprocess
import tarfile
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Every step has an image but demo, which runs the others on one machine, and lake, which people ask before a first day.
STEPS = sorted({main.parent.name for main in ROOT.glob("tasks/*/main.go")} - {"demo", "lake"})
TAG = os.environ["COVERS_IMAGES_TAG"]
# Everything that a step is denied in production: it has to do without.
HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pids-limit", "256", "--memory", "512m")


def image(step: str) -> str:
    return f"{os.environ['COVERS_IMAGES']}/{step}:{TAG}"


def docker(*args: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run docker and return the finished process, its output as text."""
    done = subprocess.run(["docker", *args], capture_output=True, text=True, check=False, **options)
    if check and done.returncode:
        raise AssertionError(f"docker {' '.join(args)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def inspect(name: str) -> dict[str, Any]:
    return json.loads(docker("image", "inspect", name).stdout)[0]


class Saved:
    """An image's layers as `docker save` writes them: files are the tar members by name, compressed is the size of their gzip."""

    def __init__(self, name: str):
        saved = subprocess.run(["docker", "save", name], stdout=subprocess.PIPE, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(saved)) as archive:
            self.layers = [content(archive, layer) for layer in json.loads(content(archive, "manifest.json"))[0]["Layers"]]
        self.compressed = sum(len(gzip.compress(layer, 6)) for layer in self.layers)
        self.files: dict[str, tarfile.TarInfo] = {}
        self._layers: dict[str, bytes] = {}  # the last that has a file, by the file's name
        for layer in self.layers:
            with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
                for member in archive.getmembers():
                    self.files[member.name] = member
                    self._layers[member.name] = layer

    def read(self, name: str) -> bytes:
        with tarfile.open(fileobj=io.BytesIO(self._layers[name])) as archive:
            return content(archive, name)


def content(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file is not None, f"{name} is no file"
    return file.read()
