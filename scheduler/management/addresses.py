"""Where the commands that serve pages listen: hosts, ports, and the address to open."""

import argparse
import socket
from contextlib import suppress
from ipaddress import ip_address

from django.core.management.base import CommandError

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - and how one gets there from here


def port_number(text: str) -> int:
    """An argument that is a port; 0 is any free one."""
    return whole_number(text, 0, 65_535)


def add_address(parser: argparse.ArgumentParser, *, host: str) -> None:
    """Where to listen; ``host`` says what may be written there."""
    parser.add_argument("--host", default="127.0.0.1", help=host)
    parser.add_argument(
        "--port", type=port_number, default=8_000, help="0: any free one (default: %(default)s)"
    )


def whole_number(text: str, least: int, most: int) -> int:
    # `int` takes signs, spaces and underscores, too.
    number = int(text) if text.isdecimal() and len(text) < 10 else -1
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
    return number


def address_of(host: str) -> str:
    """The address that a host argument means. Raises CommandError where it means none."""
    text = "127.0.0.1" if host == "localhost" else host.strip("[]")
    try:
        return str(ip_address(text))
    except ValueError:
        raise CommandError(
            f"{host!r} is not an address: write 127.0.0.1, ::1, or an address of this machine."
        ) from None


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach it."""
    return ip_address(address).is_loopback


def free_port(host: str, port: int) -> int:
    """The port itself, or any free one for 0. Raises CommandError where it can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server does: the remains of closed connections are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} of {host} can't be had ({error.strerror}): write another one, such "
                f"as --port {port % 65_535 + 1}, or --port 0 for any that is free."
            ) from error
        free: int = probe.getsockname()[1]
    return free


def url_of(host: str, port: int, *, scheme: str = "http") -> str:
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"


def listens(host: str, port: int) -> bool:
    """Whether somebody takes connections there. A server does so when its application is loaded."""
    with (
        suppress(OSError),
        socket.create_connection((EVERYWHERE.get(host, host), port), timeout=2),
    ):
        return True
    return False
