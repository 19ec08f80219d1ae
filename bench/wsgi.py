"""Asks the application of this process for pages, through WSGI and all middleware, without a network."""

from collections.abc import Callable

Get = Callable[[str], bytes]


def getter(host: str, port: int) -> Get:
    """A function that gets an address of ``host`` and returns the page; raises RuntimeError for anything but 200."""
    from django.core.wsgi import get_wsgi_application
    from django.test import RequestFactory

    application = get_wsgi_application()
    factory = RequestFactory(SERVER_NAME=host, SERVER_PORT=str(port))

    def get(address: str) -> bytes:
        status: list[str] = []
        response = application(factory.get(address).environ, lambda line, headers, error=None: status.append(line))
        try:
            body = b"".join(response)
        finally:
            response.close()
        if not status[0].startswith("200"):
            raise RuntimeError(f"{address}: {status[0]}")
        return body

    return get
