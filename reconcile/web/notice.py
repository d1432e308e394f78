"""A page that has no report to show: what is the matter, why, and what to do now."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib import resources
from string import Template

from fastapi import Response

from reconcile.web import document

WHERE_REPORTS_ARE = (
    "Open a run in the grid of its DAG, then its task verdict, or report where it has none: its "
    "log leads to the report."
)
_PAGE = Template(resources.files(__package__).joinpath("notice.html").read_text())


# Not frozen: an exception on its way is written to by the interpreter.
@dataclass(eq=False)
class Notice(Exception):
    """Ends a request with a page in plain words.

    Attributes:
        status: Of HTTP.
        what: The heading.
        why: What is behind it.
        next_step: What the reader can do now.
        link: Address behind `next_step`, where that is a place to go to.
    """

    status: int
    what: str
    why: str
    next_step: str
    link: str | None = None

    def response(self) -> Response:
        """The page."""
        step = escape(self.next_step)
        if self.link is not None:
            step = f'<a href="{escape(self.link)}">{step}</a>'
        page = _PAGE.substitute(what=escape(self.what), why=escape(self.why), next=step)
        return document.html(page, status=self.status)
