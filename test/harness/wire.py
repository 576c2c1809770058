"""HTTP as it is on the wire: what is sent, byte for byte, and what comes back, header by header."""

import json as json_module
import socket
import struct
from dataclasses import dataclass, field
from typing import List, Tuple


@dataclass
class Response:
    status: int
    headers: List[Tuple[str, str]] = field(default_factory=list)  # In order, repeated ones too.
    body: bytes = b""

    def header(self, name):
        """The value of the only such header, or None."""
        values = self.header_list(name)
        assert len(values) <= 1, f"{name} stands {len(values)} times"
        return values[0] if values else None

    def header_list(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json_module.loads(self.body)


class Connection:
    """One connection; close it, or use it in a `with`."""

    def __init__(self, port, host="127.0.0.1", timeout=15.0):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = f"127.0.0.1:{port}"
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes it without an orderly end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_request(self, method, target, body=None, headers=()):
        self.send(request_bytes(self.host, method, target, body, headers))

    def request(self, method, target, body=None, headers=()):
        self.send_request(method, target, body, headers)
        return self.read_response(is_head=method == "HEAD")

    def is_closed(self):
        """Waits until the server closes the connection; False if it sends something instead."""
        try:
            return not self._buffer and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def read_response(self, is_head=False):
        head = self._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status = head[0].split(" ")[:2]
        assert version in ("HTTP/1.1", "HTTP/1.0"), head[0]
        headers = [tuple(line.split(": ", 1)) if ": " in line else (line.rstrip(":"), "") for line in head[1:]
                   if line]
        response = Response(int(status), headers)
        if is_head or response.status < 200 or response.status in (204, 304):
            return response
        if response.header("transfer-encoding") == "chunked":
            response.body = self._read_chunks()
        elif response.header("content-length") is not None:
            response.body = self._read(int(response.header("content-length")))
        else:
            response.body = self._read_rest()
        return response

    def _fill(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError(f"closed after {self._buffer[:200]!r}")
        self._buffer += data

    def _read_until(self, end):
        while end not in self._buffer:
            self._fill()
        data, _, self._buffer = self._buffer.partition(end)
        return data

    def _read(self, count):
        while len(self._buffer) < count:
            self._fill()
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def _read_chunks(self):
        body = b""
        while True:
            size = int(self._read_until(b"\r\n"), 16)
            body += self._read(size)
            self._read_until(b"\r\n")
            if size == 0:
                return body

    def _read_rest(self):
        try:
            while True:
                self._fill()
        except ConnectionError:
            data, self._buffer = self._buffer, b""
            return data


def request_bytes(host, method, target, body=None, headers=()):
    """A request; `headers` is a list of pairs or a dict. Host and Content-Length are added unless given."""
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
    names = {name.lower() for name, _ in pairs}
    if isinstance(body, str):
        body = body.encode()
    if "host" not in names:
        pairs.insert(0, ("Host", host))
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        pairs.append(("Content-Length", str(len(body))))
    head = "".join(f"{name}: {value}\r\n" for name, value in pairs)
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + (body or b"")
