"""A folder of this machine as a store."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from reconcile.errors import AccessDenied, BadInput, NotFound, ReconcileError, Transient
from reconcile.model.objects import ObjectInfo
from reconcile.stores.arriving import Arriving
from reconcile.stores.checksum import Verifier
from reconcile.stores.download import (
    CHUNK_BYTES,
    checked_whole,
    write_atomically,
    write_pinned,
)
from reconcile.stores.local_listing import files_below
from reconcile.stores.local_upload import LocalUpload, begun
from reconcile.stores.locks import NeverLocked
from reconcile.stores.protocol import ContainerMissing, Stream, Unnameable, Upload
from reconcile.stores.refusals import already_there, changed
from reconcile.stores.system_errors import ELSEWHERE, reason, unwritable

_LATER = (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN)
"""What a disk that is mounted from elsewhere says when trying again can help."""


class LocalStore(NeverLocked):
    """Files below one folder. No name leads out of it, through links neither.

    A file's tag is its inode, size and times: that of its content, and that of any change, which
    nobody can put back. So it changes with every replacement and every rewrite in place.

    Args:
        root: The folder.
        elsewhere: What errors say to do where it cannot be written to.
    """

    def __init__(self, root: Path, *, elsewhere: str = ELSEWHERE) -> None:
        self._folder = root.absolute()
        self._elsewhere = elsewhere
        self.root = str(self._folder)
        self.address = os.path.realpath(root)
        self.traffic = None
        self._within: set[str] = set()

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every file whose name begins with `prefix`, in name order.

        Raises:
            NotFound: The folder does not exist.
            BadInput: A link leads out of the folder, or something is neither file nor folder.
        """
        with _translated(self.root):
            exists = self._folder.is_dir()
        if not exists:
            raise ContainerMissing(f"folder {self.root} does not exist")
        # Only the folder that the prefix names is walked, not all of them.
        parent = prefix.rpartition("/")[0]
        start = self._path(parent) if parent else self._folder
        with _translated(self.root):
            for name, status in files_below(str(start), parent, prefix=prefix, refuse=self._path):
                yield self._file(name, status)

    def head(self, name: str) -> ObjectInfo:
        """One file; `NotFound` also when a folder has that name."""
        with _translated(self._where(name)):
            status = self._path(name).stat()
        if stat.S_ISDIR(status.st_mode):
            raise NotFound(f"{self._where(name)} does not exist", found="a folder")
        return self._file(name, status)

    def _file(self, name: str, status: os.stat_result) -> ObjectInfo:
        if not stat.S_ISREG(status.st_mode):
            raise BadInput(f"{self._where(name)} is not a regular file")
        return _info(name, status)

    def get(
        self, name: str, *, start: int = 0, length: int | None = None, if_match: str | None = None
    ) -> bytes:
        """The bytes of a file or of a range of it."""
        self.head(name)
        with _translated(self._where(name)), self._path(name).open("rb") as file:
            self._check(name, file, if_match)
            file.seek(start)
            data = file.read() if length is None else file.read(length)
            self._check(name, file, if_match)
        return data

    def get_to_file(self, pinned: ObjectInfo, destination: Path) -> Mapping[str, str]:
        """Writes the pinned file to another file."""
        where = self._where(pinned.name)
        try:
            self.head(pinned.name)
            return write_pinned(self._chunks(pinned), pinned, destination, where=where)
        except NotFound as error:
            raise changed(where) from error

    def get_whole(self, pinned: ObjectInfo) -> tuple[bytes, Mapping[str, str]]:
        """The bytes of the pinned file."""
        where = self._where(pinned.name)
        try:
            data = self.get(pinned.name, if_match=pinned.etag)
        except NotFound as error:
            raise changed(where) from error
        return data, checked_whole(data, pinned, where=where)

    def streamed(self, pinned: ObjectInfo, *, start: int, length: int) -> Stream | None:  # noqa: ARG002
        """None: a range of a file is no request."""
        return None

    def unchecked(self, pinned: ObjectInfo, *, start: int) -> Stream | None:  # noqa: ARG002
        """None: a file goes over no wire."""
        return None

    def put_arriving(
        self, name: str, arriving: Arriving, *, if_match: str | None = None
    ) -> ObjectInfo:
        """Writes an object, all of which is in memory for a moment."""
        arriving.begin()
        data = b"".join(iter(arriving.read, b""))
        return self.put(name, data, create_only=if_match is None, if_match=if_match)

    def put(
        self,
        name: str,
        data: bytes | Path,
        *,
        create_only: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        """Writes a file; the folders above it appear as needed."""
        checksums = Verifier({})  # as the bytes are when they are handed to the disk

        def fill(file: BinaryIO) -> None:
            for chunk in _chunks_of(data):
                checksums.update(chunk)
                file.write(chunk)

        written = self._written(name, fill, create_only=create_only, if_match=if_match)
        return replace(written, checksums=checksums.computed())

    def delete(self, name: str, *, if_match: str | None = None) -> None:
        """Removes a file; its folders stay."""
        path = self._path(name)
        with _translated(self._where(name)):
            try:
                with _alone_in(path.parent):
                    if if_match is not None and self.head(name).etag != if_match:
                        raise changed(self._where(name))
                    path.unlink()
            except (NotFound, FileNotFoundError, NotADirectoryError):
                return

    def path_of(self, name: str) -> Path | None:
        """The file itself."""
        return self._path(name)

    def signed_address(self, pinned: ObjectInfo, *, seconds: int) -> str | None:  # noqa: ARG002
        """None: nobody else reads this disk."""
        return None

    def upload(self, name: str, *, id: str | None = None) -> Upload:
        """An upload into a folder beside the file that is to come."""
        return LocalUpload(
            self._path(name),
            where=self._where(name),
            writing=lambda: _writing(self._where(name), elsewhere=self._elsewhere),
            publish=lambda fill, if_match: self._written(
                name, fill, create_only=if_match is None, if_match=if_match
            ),
            id=id,
        )

    def uploads_of(self, name: str) -> Sequence[str]:
        """The ids of uploads of that very file that have begun and not ended."""
        with _translated(self._where(name)):
            return begun(self._path(name))

    def _written(
        self,
        name: str,
        fill: Callable[[BinaryIO], None],
        *,
        create_only: bool,
        if_match: str | None,
    ) -> ObjectInfo:
        path, where = self._path(name), self._where(name)
        with _writing(where, elsewhere=self._elsewhere):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                # Linking fails where a file is; replacing would not.
                status = write_atomically(
                    path,
                    fill,
                    publish=os.link if create_only else self._replacing(name, if_match),
                    elsewhere=self._elsewhere,
                )
            except FileExistsError as error:
                raise already_there(where) from error
        return _info(name, status)

    def _chunks(self, pinned: ObjectInfo) -> Iterator[bytes]:
        with (
            _translated(self._where(pinned.name)),
            self._path(pinned.name).open("rb") as file,
        ):
            self._check(pinned.name, file, pinned.etag)
            yield from iter(lambda: file.read(CHUNK_BYTES), b"")
            self._check(pinned.name, file, pinned.etag)

    def _where(self, name: str) -> str:
        return f"{self.root}/{name}"

    def _path(self, name: str) -> Path:
        """The path of a name, proven to lie below the folder."""
        parts = name.split("/")
        if not name or "\0" in name or "\\" in name or any(p in ("", ".", "..") for p in parts):
            raise Unnameable(
                f"{name!r} is no name of an object in {self.root}",
                expected="parts between single slashes, without `.`, `..`, backslash or NUL",
            )
        path = f"{self.root}/{name}"
        folder = path.rpartition("/")[0]
        # Following every link on the way to a file takes longer than opening it, so of the files
        # of one folder only those that are links themselves are followed again.
        if folder not in self._within or os.path.islink(path):
            self._refuse_outside(name, path)
            if os.path.isdir(folder):
                self._refuse_outside(name, folder)
                self._within.add(folder)
        return Path(path)

    def _refuse_outside(self, name: str, path: str) -> None:
        try:
            inside = Path(path).resolve().is_relative_to(self._folder.resolve())
        except (OSError, RuntimeError) as error:  # a ring of links
            raise BadInput(
                f"{self._where(name)} cannot be resolved: its links run in a ring"
            ) from error
        if not inside:
            raise BadInput(
                f"{self._where(name)} is a link that leads out of {self.root}",
                next_step="name the place it leads to",
            )

    def _check(self, name: str, file: BinaryIO, tag: str | None) -> None:
        if tag is not None and _info(name, os.fstat(file.fileno())).etag != tag:
            raise changed(self._where(name))

    def _replacing(self, name: str, if_match: str | None) -> Callable[[Path, Path], None]:
        def publish(temporary: Path, destination: Path) -> None:
            if if_match is None:
                os.replace(temporary, destination)
                return
            with _alone_in(destination.parent):
                try:
                    current = self.head(name).etag
                except NotFound:
                    current = None
                if current != if_match:
                    raise changed(self._where(name))
                os.replace(temporary, destination)

        return publish


def _info(name: str, status: os.stat_result) -> ObjectInfo:
    times = f"{status.st_mtime_ns:x}-{status.st_ctime_ns:x}"
    tag = f"{status.st_ino:x}-{status.st_size:x}-{times}"
    modified = datetime.fromtimestamp(status.st_mtime, UTC)
    return ObjectInfo(name, status.st_size, tag, modified=modified)


def _chunks_of(data: bytes | Path) -> Iterator[bytes]:
    if not isinstance(data, Path):
        yield data
        return
    with data.open("rb") as original:
        yield from iter(lambda: original.read(CHUNK_BYTES), b"")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keeps the check and the change of a conditional write together, among processes of ours."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _translated(where: str) -> Iterator[None]:
    """The system's errors as ours."""
    try:
        yield
    except ReconcileError:
        raise
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"{where} does not exist") from error
    except PermissionError as error:
        raise AccessDenied(f"{where} may not be read or written by this user") from error
    except OSError as error:
        if error.errno in _LATER:
            raise Transient(f"{where} does not answer", found=reason(error)) from error
        raise BadInput(f"{where} cannot be used", found=reason(error)) from error


@contextmanager
def _writing(where: str, *, elsewhere: str) -> Iterator[None]:
    """The system's errors as ours; a folder that cannot be made is no file that is not there."""
    with _translated(where):
        try:
            yield
        except OSError as error:
            if error.errno in _LATER:
                raise
            raise unwritable(where, error, elsewhere=elsewhere) from error
