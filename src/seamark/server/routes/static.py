"""GET / and the files of the built dashboard."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Final

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

ROOT: Final = Path(__file__).parents[1] / "static"
_NOT_BUILT: Final = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Seamark</title>
<h1>The dashboard is not built</h1>
<p>Seamark itself is running: see <a href="/schema">/schema</a> for its API.
Run <code>make dashboard</code> and reload.</p>
"""


@get("/", include_in_schema=False, sync_to_thread=True)
def page() -> Response[bytes]:
    """The dashboard's page, asked for anew each time because its assets change names."""
    index = ROOT / "index.html"
    content = index.read_bytes() if index.is_file() else _NOT_BUILT
    return Response(content, media_type="text/html", headers={"Cache-Control": "no-cache"})


@get("/{path:path}", include_in_schema=False, sync_to_thread=True)
def asset(path: FromPath[Path]) -> Response[bytes]:
    """A file of the dashboard. Those under assets/ carry a hash of their content in their name."""
    relative = str(path).lstrip("/")
    try:
        file = (ROOT / relative).resolve()
        found = file.is_relative_to(ROOT) and file.is_file()
    except OSError:  # a name no file can have, like one of 9,000 characters
        found = False
    if not found:
        raise NotFoundException
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    lasting = relative.startswith("assets/")
    cache = "public, max-age=31536000, immutable" if lasting else "no-cache"
    return Response(file.read_bytes(), media_type=kind, headers={"Cache-Control": cache})
