"""Posts over HTTP/2 without TLS, with trailers if any are given: PORT HOST COOKIE OCTETS [NAME VALUE].

Prints the status, a line end and the body of the answer; "reset" if the stream or the connection ended instead.
"""
import socket
import sys

import h2.config
import h2.connection
import h2.events
import h2.exceptions

port, host, cookie, octets = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
trailers = [(sys.argv[5], sys.argv[6])] if len(sys.argv) > 6 else []

connection = h2.connection.H2Connection(
    h2.config.H2Configuration(client_side=True, header_encoding="utf-8", validate_outbound_headers=False,
                              normalize_outbound_headers=False))
connection.initiate_connection()
stream = connection.get_next_available_stream_id()
connection.send_headers(stream, [(":method", "POST"), (":scheme", "http"), (":authority", host), (":path", "/x"),
                                 ("cookie", cookie), ("te", "trailers")])
status, body, left, is_over = "", b"", b"x" * octets, False

with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
    def send():
        """As much of the body as the windows allow, then the end."""
        global left, is_over
        while left:
            size = min(len(left), connection.local_flow_control_window(stream), connection.max_outbound_frame_size)
            if size <= 0:
                break
            connection.send_data(stream, left[:size])
            left = left[size:]
        if not left and not is_over:
            is_over = True
            if trailers:
                connection.send_headers(stream, trailers, end_stream=True)
            else:
                connection.end_stream(stream)
        link.sendall(connection.data_to_send())

    try:
        send()
        while True:
            data = link.recv(65536)
            if not data:
                break
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    status = dict(event.headers)[":status"]
                elif isinstance(event, h2.events.DataReceived):
                    body += event.data
                    connection.acknowledge_received_data(event.flow_controlled_length, stream)
                elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset, h2.events.ConnectionTerminated)):
                    print(status or "reset")
                    sys.stdout.flush()
                    sys.stdout.buffer.write(body)
                    sys.exit(0)
            send()
    except (OSError, h2.exceptions.ProtocolError):
        pass
print(status or "reset")
sys.stdout.flush()
sys.stdout.buffer.write(body)
