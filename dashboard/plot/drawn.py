"""A stranger's text in a drawing: Plotly takes a few elements of HTML for such, so it is escaped;
and as on the pages it is shown as it is, and no longer than a line or two."""

import html

from scheduler.words.characters import beginning


def escape(text: str) -> str:
    """The text for a label or a hover."""
    return html.escape(beginning(text))
