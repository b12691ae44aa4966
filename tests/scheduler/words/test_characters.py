import sys
from unicodedata import category

import pytest

from scheduler.words.characters import beginning, first_shown, shows_something, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("host-3:812", "host-3:812"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("a\u200db", "a⟨U+200D⟩b"),
        ("a\ufeff", "a⟨U+FEFF⟩"),
        ("\x1b[31mred", "⟨U+001B⟩[31mred"),
        ("a\u2028b", "a⟨U+2028⟩b"),
        # White space is a matter of the page; joiners belong to their letters.
        ("two lines\n\there", "two lines\n\there"),
        ("❤\ufe0f می\u200cخواهم", "❤\ufe0f می\u200cخواهم"),
    ],
)
def test_what_can_not_be_seen_is_written_out(text, shown):
    assert visible(text) == shown
    assert visible(shown) == shown


def test_no_format_character_and_no_control_is_left_in_a_text():
    hidden = [
        chr(number)
        for number in range(sys.maxunicode + 1)
        if category(chr(number)) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        and chr(number) not in "\t\n\v\f\r"
    ]

    assert [each for each in hidden if visible(f"a{each}b") == f"a{each}b"] == []
    assert not any(map(shows_something, hidden))


# A mark is drawn on a letter, and a filler in the place of one.
@pytest.mark.parametrize(
    "text", ["\u0301", " \u0301\u0323", "\U0001d159", "\U00013441", "\u0903", "\u200d\u20dd"]
)
def test_what_is_drawn_by_itself_as_nothing_shows_nothing(text):
    assert not shows_something(text)
    assert first_shown(f"{text}=1") == "="


@pytest.mark.parametrize("text", ["e\u0301", "\u0301e", "की", "❤\ufe0f"])
def test_a_mark_on_a_letter_shows_something(text):
    assert shows_something(text)


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("short", "short"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 199 + "…"),
        ("one\r\n  two\tthree", "one two three"),
        ("\u202e" * 1_000_000, "⟨U+202E⟩" * 24 + "⟨U+202E…"),
    ],
)
def test_a_list_shows_the_beginning_in_one_line(text, begins):
    assert beginning(text) == begins
    assert len(beginning(text)) <= 200 * 8
