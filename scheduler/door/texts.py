"""Texts from outside. White space at their edges goes; what no database, page or address can carry
is refused."""

import re
from unicodedata import category

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug

from scheduler.door.kinds import Unacceptable, plain_text, quoted
from scheduler.words.characters import shows_something

# The widths of their columns.
ID_AT_MOST = 200
NAME_AT_MOST = 200
SLUG_AT_MOST = 80
# Reasons of a megabyte each made pages of 70: a page has room for so much.
TEXT_AT_MOST = 10_000
# What most ids look like: neither white space nor a dot segment nor anything hidden is in them.
_PLAIN_ID = re.compile(rf"[A-Za-z0-9_:@~+=-][A-Za-z0-9_:@~+=.-]{{0,{ID_AT_MOST - 1}}}")
# Browsers resolve these before they ask, however they are written.
_DOT_SEGMENT = re.compile(r"(?:^|/)(\.{1,2})(?:/|$)")
# Control characters and halves of surrogates: neither every database nor an address takes them.
_UNWRITABLE = frozenset({"Cc", "Cs"})


def identifier(what: str, value: object) -> str:
    """The id of a runner or a run; ``what`` it is, for people."""
    if type(value) is str and _PLAIN_ID.fullmatch(value):
        return value
    given = plain_text(what, value)
    said = given.strip()
    if not said or len(said) > ID_AT_MOST:
        raise Unacceptable(f"{what} must have 1 to {ID_AT_MOST} characters, not {len(said)}")
    _check_printed(what, said)
    if segment := _DOT_SEGMENT.search(said):
        raise Unacceptable(
            f"{what} {quoted(said)} has {segment[1]!r} between its slashes, which no address can "
            f"carry: leave it out"
        )
    return said


def host(value: object) -> str:
    """The name of a host; empty where it is not told."""
    return _line("host", value, NAME_AT_MOST)


def name(what: str, value: object, *, at_most: int = NAME_AT_MOST) -> str:
    """A name that people gave: of a service, of a collector, of who did something."""
    said = _line(what, value, at_most)
    if not said:
        raise Unacceptable(f"{what} must have 1 to {at_most:,} characters, not 0")
    return said


def note(what: str, value: object, *, at_most: int) -> str:
    """A few words on why, on one line; it may be empty."""
    return _line(what, value, at_most)


def slug(value: object) -> str:
    """The short name of a service in addresses."""
    said = plain_text("slug", value).strip()
    try:
        validate_slug(said)
    except ValidationError:
        said = ""
    if not said or len(said) > SLUG_AT_MOST:
        raise Unacceptable(
            f"slug must have 1 to {SLUG_AT_MOST} letters a to z, digits, hyphens and underscores, "
            f"such as nightly-invoices, not {quoted(value)}"
        )
    return said


def text(what: str, value: object, *, at_most: int = TEXT_AT_MOST) -> str:
    """Any other text: a reason, a note; of several lines, and it may be empty."""
    given = plain_text(what, value)
    if not given:
        return given
    said = given.strip()
    _check_kept(what, said)
    if len(said) > at_most:
        raise Unacceptable(f"{what} must have at most {at_most:,} characters, not {len(said):,}")
    return said


def split_reason(reason: str) -> tuple[str, str]:
    """A free reason as (code, detail), split at its first colon.

    A code is one line of at most 200 characters, its white space single spaces: so what an address,
    a form and a table make of it is the same.
    """
    told, _, detail = reason.partition(":")
    code = " ".join(told.split())
    if len(code) <= NAME_AT_MOST:
        return code, detail.strip()
    # No code is that long: it is told by its beginning, and kept whole in the detail.
    return code[:NAME_AT_MOST].rstrip(), reason.strip()


def shortened(value: str, *, at_most: int = TEXT_AT_MOST) -> str:
    """A text that can be kept, made of one that a fleet holds and nobody can be asked to mend."""
    said = "".join("�" if each == "\0" or _is_surrogate(each) else each for each in value)
    if len(said) <= at_most:
        return said
    left_out = f"… (cut off: it had {len(said):,} characters)"
    return said[: at_most - len(left_out)] + left_out


def can_be_an_id(value: str) -> bool:
    """Whether anything that is kept could have this id: a database refuses the very question for
    some texts."""
    return len(value) <= ID_AT_MOST and can_be_looked_up(value)


def can_be_looked_up(value: str) -> bool:
    """Whether a database can be asked for the text at all."""
    return value.isprintable() or not ("\0" in value or any(map(_is_surrogate, value)))


def text_of(what: str, value: object) -> str:
    """A text, whatever is in it: for those that are mended before they are kept."""
    return plain_text(what, value)


def _line(what: str, value: object, at_most: int) -> str:
    """A text of one line that shows something, or nothing at all."""
    given = plain_text(what, value)
    said = given.strip()
    if not said:
        return said
    if len(said) > at_most:
        raise Unacceptable(f"{what} must have at most {at_most:,} characters, not {len(said):,}")
    _check_kept(what, said)
    _check_printed(what, said)
    return said


def _check_kept(what: str, said: str) -> None:
    if not can_be_looked_up(said):
        raise Unacceptable(f"{what} {quoted(said)} has a NUL or half of a surrogate pair")


def _check_printed(what: str, said: str) -> None:
    # What can be printed has none of them.
    if not said.isprintable() and any(category(each) in _UNWRITABLE for each in said):
        raise Unacceptable(f"{what} {quoted(said)} must have no control characters")
    if not shows_something(said):
        raise Unacceptable(
            f"{what} {quoted(said)} has nothing that one can see: write letters or digits"
        )


def _is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"
