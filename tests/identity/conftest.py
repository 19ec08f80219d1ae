"""What the tests of sign-in share: the form, a code of an authenticator app, a security key made of software."""

import time
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from tests.conftest import PASSWORD

SIGN_IN = "/desk/sign-in/"


@pytest.fixture
def sign_in(client: Client) -> Callable[..., object]:
    """``sign_in("editor")``: send the form and return the answer."""

    def send(username: str, password: str = PASSWORD, browser: Client | None = None, **extra):
        return (browser or client).post(SIGN_IN, {"login": username, "password": password}, **extra)

    return send


def code_of(secret: str) -> str:
    """The six digits that an app with this secret shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def with_app() -> Callable[..., str]:
    """``with_app(user)`` gives the person an authenticator app and returns its secret."""

    def give(user) -> str:
        secret = generate_totp_secret()
        TOTP.activate(user, secret)
        assert secret not in str(Authenticator.objects.get(user=user).data), "the secret lies encrypted"
        return secret

    return give
