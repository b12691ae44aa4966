"""How allauth signs people in here: by name and password, counted by account and by address."""

import ipaddress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import httpkit
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

NOWHERE = "unknown"


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # it has no types
    """Allauth's own, without sign-up, messages and answers for scripts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *_args: Any, **_kwargs: Any) -> None:
        """Nothing: the pages say themselves what was done."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that attempts are counted by; never one that the client made up.

        An IPv4 address is the same one when it is written as IPv6, as a server that listens on
        both writes it: of those all would share one network. A client on a Unix socket has none.
        """
        address = httpkit.get_client_ip(request) or NOWHERE
        try:
            mapped = ipaddress.IPv6Address(address).ipv4_mapped
        except ValueError:
            return address
        return str(mapped or address)

    def is_safe_url(self, url: str) -> bool:
        """Whether to go on to there: to pages of this host alone."""
        request: HttpRequest = self.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def attempts_key(self, username: str) -> str:
        """What the attempts on an account are counted by, in whatever case it is typed."""
        return username.lower()

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Allauth's has the host in it, which a client writes as it likes (`localhost:1`, `:2`)."""
        return self.attempts_key(credentials["username"])
