"""The hooks process's end of the socket to the server: frames in, frames out from any thread."""

import select
import socket
import struct
import threading
from typing import List, Optional, Tuple

_HEAD = struct.Struct("<IBBH")  # Size after itself, version, type, zero: src/runtime/frame.h.
_LENGTH = struct.Struct("<I")
_VERSION = 1


class Channel:
    """Reads on one thread; `send` may be called from all."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(True)
        self._socket.set_inheritable(False)  # A child of a hook must not hold the server's socket.
        self._sending = threading.Lock()
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)

    def wait(self, seconds: Optional[float]) -> bool:
        """Whether something can be read within `seconds`; None waits without end."""
        return bool(self._poll.poll(None if seconds is None else int(seconds * 1000)))

    def read(self) -> Optional[Tuple[str, bytes]]:
        """The next frame: its type and body; None at the end of the stream."""
        head = self._exactly(_HEAD.size)
        if head is None:
            return None
        size, version, kind, _ = _HEAD.unpack(head)
        if version != _VERSION:
            raise ValueError(f"frame of version {version}; this program knows {_VERSION}")
        body = self._exactly(size - 4)
        return None if body is None else (chr(kind), body)

    def send(self, kind: str, *pieces: bytes) -> None:
        body = b"".join(pieces)
        with self._sending:
            self._socket.sendall(_HEAD.pack(len(body) + 4, _VERSION, ord(kind), 0) + body)

    def _exactly(self, size: int) -> Optional[bytes]:
        pieces: List[bytes] = []
        while size:
            try:
                piece = self._socket.recv(min(size, 1 << 20))
            except ConnectionError:
                return None
            if not piece:
                return None
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


def text(value: "str | bytes") -> bytes:
    """A text as frames carry it."""
    encoded = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return _LENGTH.pack(len(encoded)) + encoded


def split_text(body: bytes) -> Tuple[bytes, bytes]:
    """The text that `body` begins with, and the rest."""
    end = 4 + _LENGTH.unpack_from(body)[0]
    return body[4:end], body[end:]
