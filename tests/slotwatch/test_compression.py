import pytest
from django.test import Client


@pytest.mark.django_db
def test_a_page_is_compressed_for_a_browser_that_takes_it(client: Client) -> None:
    plain = client.get("/login/")
    packed = client.get("/login/", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content)
