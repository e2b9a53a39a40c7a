"""Who may see the dashboard in a browser: whoever came once by the address with the token, on this machine's own name."""

import hmac
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

LOCAL = ("127.0.0.1", "localhost")
SAFE = {
    # Nothing is loaded from elsewhere, and no other page may frame this one.
    "Content-Security-Policy": "default-src 'self' data: blob:; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " connect-src 'self' ws:; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
REFUSED = """<!doctype html><meta charset="utf-8"><title>Quorum</title>
<body style="background:#0c181f;color:#ddd;font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:34em">
<h1 style="font-size:1.4em">{title}</h1><p>{says}</p>"""
WRONG_TOKEN = "Open the address that <code>quorum dashboard --web</code> printed: it holds a token, and a new one at each start."  # noqa: S105


def page(status: int, title: str, says: str) -> web.Response:
    """Return one clear page."""
    return web.Response(status=status, text=REFUSED.format(title=title, says=says), content_type="text/html")


def guarded(token: str, cookie: str) -> Middleware:
    """Return what every request passes.

    The address with the token gives a cookie and leads to the address without it; all else needs that cookie. A name other than
    this machine's own is refused, so that no page elsewhere can reach it by a name of its own, and so is a websocket that a page
    of another origin opens.

    Args:
        token: that the address has to hold.
        cookie: the name of the cookie.
    """

    def knows(given: str | None) -> bool:
        return hmac.compare_digest((given or "").encode(), token.encode())

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        response: web.StreamResponse
        if not _is_local(request.host) or not _same_origin(request):
            response = page(403, "This is not the dashboard's own address", WRONG_TOKEN)
        elif "token" in request.query and not knows(request.query["token"]):
            response = page(403, "The token is missing or wrong", WRONG_TOKEN)
        elif request.path == "/" and "token" in request.query:
            response = web.Response(status=303, headers={"Location": "/"})
            response.set_cookie(cookie, token, httponly=True, samesite="Strict")
        elif knows(request.cookies.get(cookie)):
            response = await handler(request)
        else:
            response = page(403, "The token is missing or wrong", WRONG_TOKEN)
        if not response.prepared:
            response.headers.update(SAFE)
        return response

    return guard


def _is_local(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in LOCAL
    except ValueError:  # brackets that are no address
        return False


def _same_origin(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host
