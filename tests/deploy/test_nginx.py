"""Debian's nginx with the very file of deploy/, in front of a real server."""

import http.client
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bench.export import history
from bench.slow_clients import connections
from tests.conftest import eventually
from tests.house.tree import ROOT
from tests.server import HOST, Server, free_port

NAME = "slotwatch.example.org"
EXPORT = "/s/long/history/export.csv?to=now"
# More than what nginx keeps in memory, and less than what it keeps on its disk.
ROWS = 20_000
CONF = """
{user}
daemon off;
pid nginx.pid;
error_log error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path answers;
    fastcgi_temp_path unused-fastcgi;
    uwsgi_temp_path unused-uwsgi;
    scgi_temp_path unused-scgi;
    include {deploy}/nginx/slotwatch.conf;
}}
"""
HOST_CONF = """
listen {host}:{plain};
listen {host}:{tls} ssl http2;
server_name {name};
ssl_certificate {directory}/certificate.pem;
ssl_certificate_key {directory}/key.pem;
"""


class Proxy:
    """An nginx of our own, with a certificate made for it."""

    def __init__(self, directory: Path, server: Server) -> None:
        self.plain, self.tls = free_port(), free_port()
        self._directory = directory
        (directory / "slotwatch").mkdir(parents=True)
        self._make_certificate()
        facts = {"host": HOST, "plain": self.plain, "tls": self.tls, "name": NAME}
        (directory / "slotwatch/host.conf").write_text(
            HOST_CONF.format(directory=directory, **facts)
        )
        (directory / "slotwatch/upstream.conf").write_text(f"server {HOST}:{server.port};\n")
        # Its workers write into our directory, which root's are not kept out of.
        user = "user root;" if os.geteuid() == 0 else ""
        (directory / "nginx.conf").write_text(CONF.format(user=user, deploy=ROOT / "deploy"))
        self._process = subprocess.Popen(
            [
                shutil.which("nginx") or "/usr/sbin/nginx",
                *("-p", str(directory), "-c", str(directory / "nginx.conf")),
                *("-e", str(directory / "error.log")),
            ]
        )
        eventually(self._listens)

    def _make_certificate(self) -> None:
        subprocess.run(
            [
                *(
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                ),
                *("-nodes", "-days", "2", "-subj", f"/CN={NAME}"),
                *("-addext", f"subjectAltName=DNS:{NAME}"),
                *("-keyout", "key.pem", "-out", "certificate.pem"),
            ],
            cwd=self._directory,
            check=True,
            capture_output=True,
        )

    def _listens(self) -> bool:
        assert self._process.poll() is None, (self._directory / "error.log").read_text()
        with suppress(OSError), socket.create_connection((HOST, self.tls), timeout=5):
            return True
        return False

    def connect(self) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=str(self._directory / "certificate.pem"))
        plain = socket.create_connection((HOST, self.tls), timeout=60)
        return context.wrap_socket(plain, server_hostname=NAME)

    def ask(self, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        """The head of the answer over TLS."""
        with closing(http.client.HTTPConnection(NAME, timeout=60)) as connection:
            connection.sock = self.connect()
            named = {name.replace("__", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=named)
            return connection.getresponse()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)


@pytest.fixture
def server(process_environment: dict[str, str]) -> Iterator[Server]:
    server = Server(
        process_environment
        | {
            "SLOTWATCH_HTTPS": "proxy",
            "SLOTWATCH_ALLOWED_HOSTS": f"{NAME},{HOST}",
            "SLOTWATCH_PUBLIC_VIEW": "on",
        }
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture
def proxy(server: Server, tmp_path: Path) -> Iterator[Proxy]:
    proxy = Proxy(tmp_path / "nginx", server)
    yield proxy
    proxy.stop()


pytestmark = pytest.mark.django_db(transaction=True)


def test_plain_http_goes_to_https(proxy: Proxy) -> None:
    with closing(http.client.HTTPConnection(HOST, proxy.plain, timeout=60)) as connection:
        connection.request("GET", "/s/shop/?at=now", headers={"Host": NAME})
        answer = connection.getresponse()

    assert answer.status == 301
    assert answer.headers["Location"] == f"https://{NAME}/s/shop/?at=now"


def test_a_page_is_there_over_tls_and_its_cookies_stay_there(proxy: Proxy) -> None:
    answer = proxy.ask("/login/")

    assert answer.status == 200
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_what_a_client_says_of_its_way_is_not_believed(proxy: Proxy) -> None:
    said = [
        {"X__Forwarded__Proto": "http"},
        {"X_Forwarded_Proto": "http"},
        {"X-Forwarded_Proto": "http"},
    ]

    assert [proxy.ask("/login/", **headers).status for headers in said] == [200, 200, 200]


def test_attempts_to_sign_in_are_limited_and_nothing_else_is(proxy: Proxy) -> None:
    attempts = [proxy.ask("/login/", "POST").status for _ in range(20)]

    assert 429 in attempts
    assert proxy.ask("/login/").status == 200
    assert proxy.ask("/healthz").status == 200


def test_a_slow_body_does_not_reach_slotwatch(proxy: Proxy, server: Server) -> None:
    with proxy.connect() as slow:
        slow.sendall(
            f"POST /login/ HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 9\r\n\r\na".encode()
        )

        assert proxy.ask("/healthz").status == 200
        # nginx keeps the one of that answer, and has none for the body.
        assert connections(server.port) <= 1


@pytest.mark.long
def test_an_export_that_is_read_slowly_is_out_of_slotwatchs_hands(
    proxy: Proxy, server: Server
) -> None:
    history(ROWS)
    with closing(http.client.HTTPConnection(NAME, timeout=60)) as slow:
        slow.sock = proxy.connect()
        slow.request("GET", EXPORT)
        answer = slow.getresponse()
        assert answer.status == 200

        # nginx keeps one connection of those that are over, at the most.
        eventually(lambda: proxy.ask("/healthz").status == 200 and connections(server.port) <= 1)

        assert answer.read().count(b"\n") == ROWS + 1
