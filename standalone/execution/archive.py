"""Unpacks the code of zip actions."""

from __future__ import annotations

import base64
import io
import tarfile
import zipfile
import zlib
from pathlib import Path

from standalone.limits import MEGABYTE

UNPACKED_MAXIMUM_BYTES = 1024 * MEGABYTE


def unpack(code: str, directory: Path) -> None:
    """Unpack base64 text holding a zip or tar.gz into `directory`. ValueError with a sentence otherwise."""
    directory.mkdir()
    try:
        content = base64.b64decode(code.strip(), validate=True)
        if content.startswith(b"PK"):
            _unpack_zip(content, directory)
        elif content.startswith(b"\x1f\x8b"):
            _unpack_tar(content, directory)
        else:
            raise ValueError("the code is neither a zip nor a tar.gz archive")
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, OSError, EOFError, RuntimeError) as error:
        raise ValueError(f"There was an error uncompressing the action archive: {error}") from error


def _unpack_zip(content: bytes, directory: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _check_size(sum(member.file_size for member in archive.infolist()))
        for member in archive.infolist():
            extracted = Path(archive.extract(member, directory))
            mode = member.external_attr >> 16 & 0o777
            if mode and extracted.is_file():
                extracted.chmod(mode | 0o600)


def _unpack_tar(content: bytes, directory: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        _check_size(sum(member.size for member in archive.getmembers()))
        archive.extractall(directory, filter="data")


def _check_size(size: int) -> None:
    if size > UNPACKED_MAXIMUM_BYTES:
        raise ValueError(f"the archive unpacks to {size} bytes, more than {UNPACKED_MAXIMUM_BYTES}")
