import pytest

from slotwatch.requests.content_types import readable

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("", ""),
        (FORM, FORM),
        (f"{FORM}; charset=utf-8", FORM),
        ("text/plain; charset=hex", "text/plain"),
        ("text/plain; CHARSET=undefined; a=b", 'text/plain; a="b"'),
        ("multipart/form-data; boundary=x", "multipart/form-data; boundary=x"),
        ("multipart/form-data; charset=rot13; boundary=x", 'multipart/form-data; boundary="x"'),
        # Longer than Django reads.
        ("a" * 100_000, ""),
    ],
)
def test_what_is_told_of_a_body_is_read_without_a_character_set(told: str, read: str) -> None:
    assert readable(told) == read
