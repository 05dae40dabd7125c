"""The least a JSON endpoint can do: raw ASGI, typed rows by msgspec, an answer. Nothing is checked or kept."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import msgspec
import uvicorn

from seamark.wire.bodies import PredictionsBody

DECODER = msgspec.json.Decoder(PredictionsBody)


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    decoded = DECODER.decode(body)
    said = b'{"accepted":%d}' % len(decoded.predictions)  # type: ignore[arg-type]
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(said))]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": said})


async def main() -> None:
    bound = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{bound.getsockname()[1]}", flush=True)
    config = uvicorn.Config(application, lifespan="off", access_log=False, log_config=None, proxy_headers=False)
    await uvicorn.Server(config).serve(sockets=[bound])


if __name__ == "__main__":
    asyncio.run(main())
