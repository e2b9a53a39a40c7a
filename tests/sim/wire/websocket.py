"""The server's side of one websocket, over the sans-I/O protocol of `websockets`."""

import asyncio
import struct
from collections.abc import Callable

from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.protocol import State
from websockets.server import ServerProtocol

_SLOWEST_CLIENT = 64 * 2**20


def text_frame(payload: bytes) -> bytes:
    """Return a whole unmasked text frame."""
    size = len(payload)
    if size < 126:
        return b"\x81" + bytes((size,)) + payload
    if size < 65_536:
        return b"\x81\x7e" + struct.pack("!H", size) + payload
    return b"\x81\x7f" + struct.pack("!Q", size) + payload


def split_frames(data: bytes) -> list[bytes]:
    """Return the payloads of whole text frames; a last frame that is cut is left out."""
    payloads = []
    position = 0
    while position + 2 <= len(data):
        size, head = data[position + 1], 2
        if size == 126:
            size, head = struct.unpack_from("!H", data, position + 2)[0], 4
        elif size == 127:
            size, head = struct.unpack_from("!Q", data, position + 2)[0], 10
        end = position + head + size
        if end > len(data):
            break
        payloads.append(data[position + head : end])
        position = end
    return payloads


class Peer:
    """One websocket client. Outgoing frames may be encoded elsewhere and are written as they are."""

    def __init__(self, on_text: Callable[["Peer", bytes], None], on_lost: Callable[["Peer"], None]) -> None:
        self._on_text = on_text
        self._on_lost = on_lost
        self._protocol = ServerProtocol()
        self._transport: asyncio.Transport | None = None
        self._text = bytearray()
        self.paused = False

    @property
    def open(self) -> bool:
        """Return whether frames can be sent."""
        return self._transport is not None and not self._transport.is_closing() and self._protocol.state is State.OPEN

    def start(self, transport: asyncio.Transport) -> None:
        """Take over the connection."""
        self._transport = transport
        transport.set_write_buffer_limits(high=4 * 2**20)

    def received(self, data: bytes) -> None:
        """Handle incoming bytes: the handshake, pings, closing, messages."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Handshake):
                self._protocol.send_response(self._protocol.accept(event))
            elif isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.CONT):
                self._text += event.data
                if event.fin:
                    message, self._text = bytes(self._text), bytearray()
                    self._flush()
                    self._on_text(self, message)
        self._flush()

    def ended(self) -> None:
        """Handle the client's end of stream."""
        self._protocol.receive_eof()
        self._flush()

    def lost(self) -> None:
        """Handle the connection being gone."""
        self._on_lost(self)

    def send(self, data: bytes) -> None:
        """Write frames; a client that has stopped reading is cut, as the exchange does."""
        if not self.open or self._transport is None:
            return
        self._transport.write(data)
        if self.paused and self._transport.get_write_buffer_size() > _SLOWEST_CLIENT:
            self._transport.abort()

    def cut_after(self, data: bytes) -> None:
        """Write these bytes, which may end inside a frame, and cut the connection."""
        if self._transport is not None:
            self._transport.write(data)
            self._transport.close()

    def waiting(self) -> int:
        """Return how many bytes the client has not taken yet."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def close(self, code: int = 1001) -> None:
        """Close in order, with a close frame."""
        if self.open:
            self._protocol.send_close(code)
            self._flush()

    def abort(self) -> None:
        """Cut the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    def _flush(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()
