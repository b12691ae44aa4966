import pytest
from django.test import Client

from slotwatch.requests.encodings import accepted


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip", ["gzip"]),
        ("gzip, deflate, br, zstd", ["gzip", "br"]),
        ("GZIP;Q=0.5", ["gzip"]),
        ("gzip;q=1.000", ["gzip"]),
        ("gzip ; q=0.001", ["gzip"]),
        ("br;q=1, gzip;q=0.8, *;q=0.1", ["gzip", "br"]),
        ("identity;q=0.5, gzip;q=0", []),
        ("gzip;q=0", []),
        ("gzip;q=0.0", []),
        ("gzip; q=0.000", []),
        ("gzip;Q=0", []),
        ("*;q=0", []),
        ("*", []),
        ("identity", []),
        ("br;q=0, gzip", ["gzip"]),
        # Said twice, and once refused.
        ("gzip, gzip;q=0", []),
        # What no standard knows is never packed for.
        ("gzip;q=", []),
        ("gzip;q=-1", []),
        ("gzip;q=2", []),
        ("gzip;level=9", []),
        ("notgzip", []),
        ("gzip-ish", []),
        (",;,", []),
    ],
)
def test_a_coding_is_used_where_it_is_asked_for(header: str, expected: list[str]) -> None:
    assert accepted(header) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("refusal", ["gzip;q=0", "*;q=0", "gzip;q=0.0, br;q=0"])
def test_a_page_is_plain_where_it_is_refused(client: Client, refusal: str) -> None:
    page = client.get("/login/", headers={"Accept-Encoding": refusal})

    assert page.status_code == 200
    assert "Content-Encoding" not in page.headers
