"""What the tests of the images share: docker, as a user calls it, and what is inside an image."""

import gzip
import io
import json
import os
import subprocess
import tarfile

STEPS = ("generate", "mockapi", "extract", "validate", "transform", "load", "report", "care")
TAG = os.environ["COVERS_IMAGES_TAG"]
# Everything that a step is denied in production: it has to do without.
HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pids-limit", "256", "--memory", "512m")


def image(step):
    return f"{os.environ['COVERS_IMAGES']}/{step}:{TAG}"


def docker(*args, check=True, **options):
    """Runs docker and gives the finished process, its output as text."""
    done = subprocess.run(["docker", *args], capture_output=True, text=True, **options)
    if check and done.returncode:
        raise AssertionError(f"docker {' '.join(args)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def inspect(name):
    return json.loads(docker("image", "inspect", name).stdout)[0]


class Saved:
    """An image's layers as `docker save` gives them: files are the tar members by name, compressed the bytes of a gzip of them."""

    def __init__(self, name):
        saved = subprocess.run(["docker", "save", name], stdout=subprocess.PIPE, check=True).stdout
        archive = tarfile.open(fileobj=io.BytesIO(saved))
        self.layers = [
            archive.extractfile(layer).read() for layer in json.load(archive.extractfile("manifest.json"))[0]["Layers"]
        ]
        self.compressed = sum(len(gzip.compress(layer, 6)) for layer in self.layers)
        self.files, self._contents = {}, {}
        for layer in self.layers:
            content = tarfile.open(fileobj=io.BytesIO(layer))
            for member in content.getmembers():
                self.files[member.name] = member
                self._contents[member.name] = content

    def read(self, name):
        return self._contents[name].extractfile(name).read()
