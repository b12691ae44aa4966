"""What an ops person did not understand stays away."""

from tests.house.tree import ROOT, files

GONE = (
    "Previous happening",
    "Both know capital letters from small ones",
    "Why is it all right?",
    "Full id",
)


def test_no_odd_phrase_is_back() -> None:
    back = [
        f"{path.relative_to(ROOT)}: {phrase}"
        for room in ("accounts", "dashboard", "scheduler", "slotwatch", "templates")
        for path in files(".html", ".js", ".py", under=ROOT / room)
        for phrase in GONE
        if phrase in path.read_text()
    ]

    assert back == []
