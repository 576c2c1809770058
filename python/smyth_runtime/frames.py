"""The frames of src/runtime/frame.h, and an environment's end of the socket to the server."""

from __future__ import annotations

import os
import struct

VERSION = 1
START, INVOKE, CONFIG, RESUME = ord("S"), ord("I"), ord("N"), ord("C")
READY, FAILED, RESULT, ERROR = ord("Y"), ord("F"), ord("R"), ord("E")
PAUSE, PROCEED, LEFT = ord("P"), ord("p"), ord("W")
FORK, FORKED, EXITED = ord("K"), ord("Z"), ord("X")

HEAD = struct.Struct("<IBBH")  # Size after itself, version, type, zero.
_SIZE = struct.Struct("<I")
_CHUNK = 1 << 16
_read, _write = os.read, os.write  # Whatever a handler puts in their place.


def pack(kind: int, *pieces: bytes) -> bytes:
    body = b"".join(pieces)
    return HEAD.pack(len(body) + 4, VERSION, kind, 0) + body


def text(value: bytes) -> bytes:
    """A text as frames carry it."""
    return _SIZE.pack(len(value)) + value


class FrameSocket:
    """Whole frames in and out; one thread uses it at a time. The end of the stream ends the process."""

    def __init__(self) -> None:
        self.fd = -1  # Not before the fork, and not in a process that the handler forks.
        self._left = b""  # What has been read of the next frame.

    def receive(self) -> bytes:
        """The next frame, with its head."""
        data = self._left or _read(self.fd, _CHUNK)
        if len(data) >= 8 and _SIZE.unpack_from(data)[0] == len(data) - 4:
            self._left = b""
            return data  # Nearly always: one frame, in one piece.
        return self._receive_rest(data)

    def _receive_rest(self, data: bytes) -> bytes:
        while len(data) < HEAD.size:
            data += self._read(_CHUNK)
        size = self._size_of(data)
        pieces, have = [data], len(data)
        while have < size:
            pieces.append(self._read(min(size - have, 1 << 20)))
            have += len(pieces[-1])
        whole = b"".join(pieces)
        self._left = whole[size:]
        return whole[:size]

    def _read(self, most: int) -> bytes:
        return _read(self.fd, most) or os._exit(0)

    @staticmethod
    def _size_of(data: bytes) -> int:
        size, version, _, _ = HEAD.unpack_from(data)
        if version != VERSION:
            raise ValueError(f"frame of version {version}; this program knows {VERSION}")
        return size + 4

    def send(self, frame: bytes) -> None:
        sent = _write(self.fd, frame)
        while sent < len(frame):
            sent += _write(self.fd, memoryview(frame)[sent:])

    def abandon(self) -> None:
        """Closes this process's end: a forked child must not speak for its parent."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
