"""Which media types hold text, as Apache Pekko knows them (MediaTypes.scala); bytes travel as base64."""

from __future__ import annotations

import re

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MEDIA_TYPE = re.compile(r"\A[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+\Z")
# Of `application/`; what is not listed, `image/svg+xml` among them, is binary unless it names its charset.
TEXT_APPLICATIONS = frozenset(
    {
        *(
            "atom+xml",
            "base64",
            "javascript",
            "problem+xml",
            "rss+xml",
            "soap+xml",
            "vnd.google-earth.kml+xml",
        ),
        *("x-latex", "x-vrml", "x-www-form-urlencoded", "xhtml+xml", "xml", "xml-dtd"),
    }
)


def media_type(content_type: str) -> str:
    """`text/html` of `Text/HTML; charset=utf-8`."""
    return content_type.partition(";")[0].strip().lower()


def is_known(content_type: str) -> bool:
    """Whether it has the form of a media type at all."""
    return MEDIA_TYPE.match(media_type(content_type)) is not None


def is_json(content_type: str) -> bool:
    kind = media_type(content_type)
    return kind == JSON or kind.endswith("+json")


def is_text(content_type: str) -> bool:
    main, _, sub = media_type(content_type).partition("/")
    if main == "multipart":
        return False
    if main == "text" or (main == "application" and sub in TEXT_APPLICATIONS):
        return True
    return is_json(content_type) or "charset=" in content_type.lower()
