"""Nothing third-party lies in the repository, and no page loads anything from elsewhere."""

import re

from tests.house.tree import ROOT, files

PACKED = (".min.js", ".min.css", ".whl", ".tgz", ".woff", ".woff2", ".map")
ELSEWHERE = re.compile(
    r"""(?:src=|url\(|import\s|from\s|<link[^>]*href=)\s*["']?(?:https?:)?//[\w]""", re.IGNORECASE
)
# Lines of ours are read by people; a minified one is not.
LONGEST_LINE = 1_000


def test_no_packed_file_is_in_the_repository() -> None:
    assert [str(path.relative_to(ROOT)) for path in files() if path.name.endswith(PACKED)] == []


def test_no_script_or_style_is_minified() -> None:
    minified = [
        str(path.relative_to(ROOT))
        for path in files(".js", ".css", ".html")
        if any(len(line) > LONGEST_LINE for line in path.read_text().splitlines())
    ]

    assert minified == []


def test_no_page_loads_from_another_host() -> None:
    loads = [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in files(".js", ".css", ".html")
        for found in ELSEWHERE.finditer(path.read_text())
    ]

    assert loads == []
