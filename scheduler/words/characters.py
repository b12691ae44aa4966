"""What of a stranger's text one can see: the rest is written out, so that nothing hides in it.

A text may turn what stands beside it around (U+202E), show nothing at all (U+200B) or be as long as
a book; on a page, in a drawing, in a terminal it is to look like itself and nothing else.
"""

import re
from collections.abc import Callable
from unicodedata import category, is_normalized, normalize

# How much of a text a list shows; the page of its row has all.
SHOWN_AT_MOST = 200
MORE = "…"
# Unicode's Default_Ignorable_Code_Point, its format characters (Cf) and the blanks of Braille,
# hieroglyphs and music, as ranges of a pattern: what is drawn as nothing, or as something that
# moves its neighbours.
_UNSEEN = (
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U00013441\U00013442"
    "\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# White space other than a space that a line may hold; the other controls never belong into one.
_CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff"
# After a letter of a joining script or an emoji, these choose between two ways to draw it.
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"
_HIDDEN = re.compile(
    rf"(?![{_JOINERS}])[{_UNSEEN}{_CONTROLS}]|(?<![\u0600-\U0010ffff])[{_JOINERS}]"
)
_UNSEEN_ONE = re.compile(f"[{_UNSEEN}]")
_JOINER = re.compile(f"[{_JOINERS}]")
# White space of which a page shows nothing, or as much as of a single space.
_ANY_HIDDEN = re.compile(rf"[{_UNSEEN}{_CONTROLS}]|[^\S ]|\A | \Z|(?<= ) ")
_ANY_COMPOSED = re.compile(rf"{_ANY_HIDDEN.pattern}|[^\x00-\x7f]")
_SOMETHING = re.compile(rf"[^\s{_UNSEEN}{_CONTROLS}]")
_BREAKS = re.compile(r"\s*[\n\r\t\v\f]\s*")


def shows_something(text: str) -> bool:
    """Whether anything of it can be seen."""
    return first_shown(text) != ""


def first_shown(text: str) -> str:
    """The first character of it that can be seen by itself; nothing where there is none."""
    shown = (found[0] for found in _SOMETHING.finditer(text))
    return next((each for each in shown if not category(each).startswith("M")), "")


def visible(text: str) -> str:
    """The text with what can't be seen written out: ``⟨U+202E⟩gnp.exe``."""
    return text if text.isprintable() else _HIDDEN.sub(_written_out, text)


def look(text: str) -> str:
    """What is seen of a text on a page: texts of one look can't be told apart there."""
    return normalize("NFC", " ".join(_JOINER.sub("", visible(text)).split()))


def distinct(text: str) -> str:
    """As `visible`, and every text has a look of its own: for names that are the same but for what
    can't be seen, for how it is written out (a bracket of their own is doubled), or for how their
    letters are composed (``re⟨U+0301⟩``)."""
    is_seen = is_normalized("NFC", text) and shows_something(text)
    return (_ANY_HIDDEN if is_seen else _ANY_COMPOSED).sub(_written_out, text.replace("⟨", "⟨⟨"))


def unseen_as(text: str, write: Callable[[int], str]) -> str:
    """The text with its characters that can't be seen written otherwise, by their code points: for
    a language that reads them back."""
    # None of them is ASCII, and most texts are.
    if text.isascii():
        return text
    return _UNSEEN_ONE.sub(lambda found: write(ord(found[0])), text)


def beginning(text: str, at_most: int = SHOWN_AT_MOST) -> str:
    """The first so many characters in one line, as `visible`, and whether there is more."""
    # Most texts are short and plain: of white space, only the space can be printed.
    if len(text) <= at_most and text.isprintable():
        return text.strip()
    # What is written out and what is white space both change how long it is.
    first = visible(_BREAKS.sub(" ", text[: at_most + 1].strip()))
    return first if len(text) <= at_most else first[: at_most - 1] + MORE


def _written_out(hidden: re.Match[str]) -> str:
    return f"⟨U+{ord(hidden[0]):04X}⟩"
