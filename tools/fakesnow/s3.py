"""s3:// for DuckDB through boto3: its own S3 extension would have to be downloaded, and nothing is at run time."""

from typing import Any

import boto3
from botocore.config import Config
from fsspec.spec import AbstractBufferedFile, AbstractFileSystem


class File(AbstractBufferedFile):
    def _fetch_range(self, start: int, end: int) -> bytes:
        bucket, key = self.fs.split(self.path)
        return self.fs.client.get_object(Bucket=bucket, Key=key, Range=f"bytes={start}-{end - 1}")["Body"].read()


class FileSystem(AbstractFileSystem):
    """Objects to read. Without patterns: a COPY of the load names its files."""

    protocol = "s3"
    cachable = False

    def __init__(self) -> None:
        super().__init__()
        # The endpoint and the credentials come from the environment. A server on a bare address has no bucket hosts.
        self.client = boto3.client("s3", config=Config(s3={"addressing_style": "path"}, max_pool_connections=16))

    def split(self, path: str) -> tuple[str, str]:
        bucket, _, key = self._strip_protocol(path).partition("/")
        return bucket, key

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        bucket, key = self.split(path)
        try:
            head = self.client.head_object(Bucket=bucket, Key=key)
        except self.client.exceptions.ClientError as e:
            raise FileNotFoundError(path) from e
        return {"name": path, "size": head["ContentLength"], "type": "file", "mtime": head["LastModified"], "ETag": head["ETag"]}

    def whole(self, path: str) -> bytes:
        """Read an object by one request."""
        bucket, key = self.split(path)
        try:
            return self.client.get_object(Bucket=bucket, Key=key)["Body"].read()
        except self.client.exceptions.ClientError as e:
            raise FileNotFoundError(path) from e

    def modified(self, path: str) -> Any:
        return self.info(path)["mtime"]

    def glob(self, path: str, **_: Any) -> list[str]:
        return [path] if self.exists(path) else []

    def _open(self, path: str, mode: str = "rb", **_: Any) -> File:
        return File(self, path, mode, block_size=1 << 20, cache_type="readahead", size=self.info(path)["size"])
