"""An S3 server and Azurite, with what they log and what is put into them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import boto3
from azure.storage.blob import BlobServiceClient

from benchmarks.request_log import RequestLog
from demo.clouds import Clouds
from demo.place import take_over
from demo.processes import running
from demo.servers import azurite_recipe, moto_recipe

BUCKET = CONTAINER = "lake"
_AT_ONCE = 4


@dataclasses.dataclass(frozen=True)
class EmulatedClouds:
    """Both, while they run; the process's environment leads to them.

    Attributes:
        logs: What is asked of each: `s3` and `azure`.
    """

    clouds: Clouds
    logs: dict[str, RequestLog]

    def put_source(self, folder: Path, prefix: str) -> None:
        """Puts a folder's files below a prefix of the bucket, as AWS's SDK does today.

        Each gets the full-object checksum that S3 keeps for every new object.
        """
        s3 = boto3.client("s3")

        def put(name: str, file: Path) -> None:
            s3.put_object(
                Bucket=BUCKET, Key=name, Body=file.read_bytes(), ChecksumAlgorithm="CRC64NVME"
            )

        _for_each(folder, prefix, put)

    def put_target(self, folder: Path, prefix: str) -> None:
        """Puts a folder's files below a prefix of the container."""
        service = BlobServiceClient.from_connection_string(self.clouds.blob.connection_string)
        container = service.get_container_client(CONTAINER)

        def put(name: str, file: Path) -> None:
            container.upload_blob(name, file.read_bytes(), overwrite=True)

        _for_each(folder, prefix, put)


@contextmanager
def emulated_clouds(place: Path) -> Iterator[EmulatedClouds]:
    """Starts both, empty but for the bucket and the container, for the length of the block.

    Args:
        place: A folder for Azurite's blobs and the servers' logs.
    """
    moto, s3 = moto_recipe()
    azurite, blob = azurite_recipe(place / "azurite")
    spoken = [word for word in azurite.command if word != "--silent"]
    recipes = {"s3": moto, "azure": dataclasses.replace(azurite, command=spoken)}
    clouds = Clouds(s3, blob)
    with ExitStack() as stack:
        for name, recipe in recipes.items():
            stack.enter_context(running(recipe, log=place / f"{name}.log"))
        take_over(clouds.environment())
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        service = BlobServiceClient.from_connection_string(blob.connection_string)
        service.create_container(CONTAINER)
        yield EmulatedClouds(clouds, {name: RequestLog(place / f"{name}.log") for name in recipes})


def _for_each(folder: Path, prefix: str, put: Callable[[str, Path], None]) -> None:
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    names = [f"{prefix}/{file.relative_to(folder).as_posix()}" for file in files]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(put, names, files))
