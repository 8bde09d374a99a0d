"""A page as a browser would take it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

EVIL = '<script>alert("1")</script>\' onload=x {{ 7*7 }}'
BLOCKS = ("td", "th", "dt", "dd", "li", "p")
VOID = ("meta", "br")
LOADING = {"src", "data", "action", "srcset", "poster", "background"}


class Page(HTMLParser):
    """Tags with their attributes and the visible text; tags must be nested as HTML wants it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self._parts: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag in BLOCKS:
            self._parts.append(" ")

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self._parts.append(data)

    @property
    def text(self) -> str:
        """What a reader sees, blanks in a row as one."""
        return " ".join("".join(self._parts).replace("\N{NO-BREAK SPACE}", " ").split())

    def named(self, css_class: str) -> int:
        """How many tags have a class."""
        return sum(css_class in (attributes.get("class") or "").split() for _, attributes in self.tags)

    def assert_harmless(self) -> None:
        """No script, no handler, nothing loaded from anywhere, no number that is none in a drawing."""
        attributes = [attributes for _, attributes in self.tags]
        assert "script" not in {tag for tag, _ in self.tags}
        assert not any(name.startswith("on") for found in attributes for name in found)
        assert not [found for found in attributes if LOADING & set(found)]
        assert all((found.get("href") or "#").startswith("#") for found in attributes)
        assert not re.search(r"url\(|@import|https?://", self.html)
        drawn = ("d", "x", "x1", "x2", "y", "y1", "y2", "width", "height", "points")
        assert not [found for found in attributes for name in drawn if re.search("nan|inf", found.get(name) or "")]
