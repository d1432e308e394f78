"""A page as a test looks at it: its tags, headings and text, and the laws every page keeps."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from html.parser import HTMLParser

VOID = {"meta", "br", "wbr", "use", "rect", "path", "circle", "line"}
ALLOWED_HREF = re.compile(r"#[a-z]+-[a-z0-9]+")
HOSTILE = "</script></style><img src=x onerror=alert(1)>\"' onload=x {{7*7}} \u202e\x00\n"


class Page(HTMLParser):
    """The tags, headings and text of a document; complains about tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def require_that_it_asks_for_nothing_and_runs_nothing(html: str) -> None:
    page = Page(html)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "base"}
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name == "src" for name in attributes)
        if "href" in attributes:
            assert ALLOWED_HREF.fullmatch(attributes["href"] or "")
    assert not re.search(r"@import|url\((?!#)", html)
    policies = [m["content"] for m in page.named("meta") if "http-equiv" in m]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def require_that_it_can_be_read_aloud(html: str) -> None:
    page = Page(html)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= level + 1 for level, later in itertools.pairwise(levels))
    tags = Counter(tag for tag, _ in page.tags)
    assert tags["caption"] == tags["table"]
    for svg in page.named("svg"):
        assert svg.get("role") == "img" or svg.get("aria-hidden") == "true"
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [(attributes["href"] or "")[1:] for attributes in page.named("a")]
    assert set(links) <= set(ids)


def require_that_nothing_hostile_became_markup(html: str) -> None:
    """Of a page that shows `HOSTILE`."""
    page = Page(html)
    assert not {tag for tag, _ in page.tags} & {"script", "img"}
    assert not [a for _, a in page.tags if any(name.startswith("on") for name in a)]
    assert html.count("</style>") == 1
    assert "{{7*7}}" in page.words
    assert not re.search("[\u202e\x00]", html)
    assert "⟨U+202E⟩" in page.words
