"""The list of a bulk launch: pasted, or uploaded as a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from runtime_app.services.launching.bulk_rows import (
    MOST_ROWS,
    ROW_BYTES,
    SourceFormat,
    UnreadableSource,
    parse_rows,
)

SOURCE_BYTES = 32 * 1024 * 1024
FORMATS = (
    ("", "As it looks"),
    (SourceFormat.JSON_LINES.value, "JSON lines"),
    (SourceFormat.CSV.value, "CSV"),
)


class BulkForm(forms.Form):
    """The rows, and how they are written."""

    use_required_attribute = False

    rows = forms.CharField(
        required=False,
        strip=False,
        label="Rows",
        help_text="One JSON object a line, or CSV whose first line names the parameters; "
        f"up to {MOST_ROWS:,} rows.",
        widget=forms.Textarea(
            attrs={
                "rows": 12,
                "spellcheck": "false",
                "class": "mono",
                "placeholder": '{"name": "Ada"}\n{"name": "Bob"}',
            }
        ),
    )
    file = forms.FileField(
        required=False,
        allow_empty_file=True,
        label="Or a file",
        help_text="JSON lines or CSV, in UTF-8.",
        widget=forms.ClearableFileInput(attrs={"accept": ".jsonl,.ndjson,.json,.csv,.txt"}),
    )
    source_format = forms.ChoiceField(choices=FORMATS, required=False, label="Written as")

    def __init__(self, *args: Any, row_bytes: int = ROW_BYTES, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row_bytes = row_bytes

    def clean_file(self) -> UploadedFile | None:
        """A file of bearable size."""
        file: UploadedFile | None = self.cleaned_data["file"]
        if file is not None and (file.size or 0) > SOURCE_BYTES:
            raise ValidationError(
                f"The file is larger than {SOURCE_BYTES // 1_048_576} MB; cut it into several."
            )
        return file

    def clean(self) -> dict[str, Any]:
        """With `text`: what was pasted or uploaded, known to have rows. Single bad rows are no refusal."""
        cleaned = {**self.cleaned_data}
        file = cleaned.get("file")
        field = "file" if file is not None else "rows"
        if self.errors:
            return cleaned
        try:
            cleaned["text"] = _text_of(file) if file is not None else cleaned["rows"].replace("\r\n", "\n")
            if not cleaned["text"].strip():
                raise ValidationError(
                    "Paste the rows, or choose a file." if file is None else "The file is empty."
                )
            parse_rows(cleaned["text"], cleaned["source_format"], row_bytes=self.row_bytes)
        except UnreadableSource as error:
            self.add_error(field, str(error))
        except ValidationError as error:
            self.add_error(field, error)
        return cleaned


def _text_of(file: UploadedFile) -> str:
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError("The file is not in UTF-8; save it in that encoding and try again.") from error
    if "\x00" in text:
        raise ValidationError("The file is no text: it holds zero bytes.")
    return text.replace("\r\n", "\n")
