"""Texts from outside: which of them can be kept, in any of the databases."""

from unicodedata import category

from scheduler.models.runner import HOST_MAX_LENGTH, RUNNER_ID_MAX_LENGTH

# Control characters and halves of surrogates: neither every database nor an address takes them.
_UNWRITABLE = frozenset({"Cc", "Cs"})


def id_problem(what: str, text: str) -> str:
    """What is wrong with an id, or nothing. ``what`` it is, for people."""
    if not text or len(text) > RUNNER_ID_MAX_LENGTH:
        return f"{what} must have 1 to {RUNNER_ID_MAX_LENGTH} characters, not {len(text)}"
    # What can be printed has none of them; most ids can.
    if not text.isprintable() and any(category(each) in _UNWRITABLE for each in text):
        return f"{what} {text[:50]!a} must have no control characters"
    return ""


def host_problem(text: str) -> str:
    """What is wrong with the name of a host, or nothing."""
    if len(text) > HOST_MAX_LENGTH:
        return f"host must have at most {HOST_MAX_LENGTH} characters, not {len(text)}"
    return text_problem("host", text)


def text_problem(what: str, text: str) -> str:
    """What is wrong with any other text, or nothing. ``what`` it is, for people."""
    # No database keeps these. What can be printed has none of them.
    if text.isprintable():
        return ""
    if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
        return f"{what} {text[:50]!a} has a NUL or half of a surrogate pair"
    return ""
