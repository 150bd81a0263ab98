"""Answers every request with the octets that arrived, head, body and trailers."""
import socket
import sys
import threading


def answer(client):
    client.settimeout(5)
    data = b""
    while not is_whole(data):
        more = client.recv(65536)
        if not more:
            break
        data += more
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(data) + data)


def is_whole(data):
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return False
    if b"transfer-encoding: chunked" in head.lower():
        last = (b"\r\n" + body).find(b"\r\n0\r\n")
        return last >= 0 and body.endswith(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.split(b":")[1])
    return True


def serve(client):
    with client:
        try:
            answer(client)
        except OSError:
            pass


with socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
