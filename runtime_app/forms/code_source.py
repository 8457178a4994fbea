"""An action's code from an uploaded file: source text, or an archive as base64."""

from __future__ import annotations

import base64
import io
import zipfile
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from runtime_app.services.connecting.limits import CODE_BYTES, MEBIBYTE

ZIP_MAGIC = b"PK"
GZIP_MAGIC = b"\x1f\x8b"
# Base64 makes four characters of three bytes, and the limit counts the characters.
ARCHIVE_BYTES = CODE_BYTES // 4 * 3
# What the runtimes look for at the archive's root (openwhisk-runtime-nodejs, openwhisk-runtime-python).
ENTRY_FILES = {"nodejs": ("package.json", "index.js"), "python": ("__main__.py",)}


@dataclass(frozen=True, slots=True)
class Source:
    """Code as the API takes it: `text` is base64 when `is_binary`."""

    text: str
    is_binary: bool = False


def source_from(upload: UploadedFile, kind: str) -> Source:
    """The code in an uploaded file.

    Raises:
        ValidationError: too large, damaged, neither text nor archive, or an archive that `kind` cannot start.
    """
    if (upload.size or 0) > CODE_BYTES:
        raise ValidationError(_too_large(f"“{upload.name}”", upload.size or 0, CODE_BYTES))
    content = upload.read()
    if content.startswith((ZIP_MAGIC, GZIP_MAGIC)):
        return _archive(upload.name or "the file", content, kind)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError(f"“{upload.name}” is neither text in UTF-8 nor a zip archive.") from error
    if not text.strip():
        raise ValidationError(f"“{upload.name}” is empty.")
    return Source(check_source(text))


def check_source(text: str) -> str:
    """Typed or uploaded source, unless it is longer than the platform takes."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > CODE_BYTES:
        raise ValidationError(_too_large("The code", size, CODE_BYTES))
    if "\x00" in text:
        raise ValidationError("The code holds a NUL character, which no runtime accepts.")
    return text


def _archive(name: str, content: bytes, kind: str) -> Source:
    if len(content) > ARCHIVE_BYTES:
        raise ValidationError(_too_large(f"The archive “{name}”", len(content), ARCHIVE_BYTES))
    if content.startswith(ZIP_MAGIC):
        _check_zip(name, content, kind)
    return Source(base64.b64encode(content).decode(), is_binary=True)


def _check_zip(name: str, content: bytes, kind: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise ValidationError(f"“{name}” begins like a zip archive, but cannot be read as one.") from error
    entries = ENTRY_FILES.get(kind.partition(":")[0], ())
    if entries and not members.intersection(entries):
        raise ValidationError(
            f"“{name}” has no {' or '.join(entries)} at its root, so it could not start. "
            "Zip the files themselves, not the folder that holds them."
        )


def _too_large(what: str, size: int, most: int) -> str:
    return f"{what} is {size / MEBIBYTE:.1f} MB long; {most // MEBIBYTE} MB is the most."
