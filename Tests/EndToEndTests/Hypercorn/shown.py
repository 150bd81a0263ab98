"""An ASGI application that shows what arrives, as JSON in the shape of deploy/demo/echo.py, and echoes WebSocket messages."""
import json


async def app(scope, receive, send):
    await {"lifespan": lifespan, "websocket": websocket, "http": page}[scope["type"]](scope, receive, send)


async def lifespan(scope, receive, send):
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


async def websocket(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message.get("text"), "bytes": message.get("bytes")})


async def page(scope, receive, send):
    path = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    body = json.dumps({
        "method": scope["method"], "path": path.decode("latin-1"), "version": scope["http_version"],
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [
        (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})
