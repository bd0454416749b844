"""The web page at `/`: four files as they lie in `search_api/web`, no build step.

The page asks nothing of any other host, and its policy forbids it to: text of a document that
slipped through as markup could neither run nor load anything.
"""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

WEB = Path(__file__).parent / "web"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # asked for again with its ETag, so that an update shows
}

router = APIRouter(include_in_schema=False)


def _add(path: str, name: str, media: str) -> None:
    async def serve() -> FileResponse:
        """The file with the page's headers."""
        return FileResponse(WEB / name, media_type=media, headers=HEADERS)

    router.add_api_route(path, serve, methods=["GET", "HEAD"])


_add("/", "index.html", "text/html; charset=utf-8")
_add("/app.js", "app.js", "text/javascript; charset=utf-8")
_add("/style.css", "style.css", "text/css; charset=utf-8")
_add("/icon.svg", "icon.svg", "image/svg+xml")
