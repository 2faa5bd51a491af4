"""Asks a process that was started with THREADING_SOCKET=1: it answers by a socket of its own. That
needs no rights but those of its user."""

import os
import socket
import struct

from threading_layout import Unreadable
from threading_memory import inner_id

# How long nothing may come, in seconds.
PATIENCE = 15
# What answers begin with that are no dumps.
REFUSED = b"libthreading: "


class NoSocket(Unreadable):
    """The process has no socket."""


def ask(process_id, request):
    """What a process answers to one of the requests that src/inspect/socket/client.rs lists."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(PATIENCE)
        try:
            answer = answered(client, process_id, request)
        except ConnectionRefusedError:
            raise NoSocket(no_socket(process_id)) from None
        except OSError as error:
            raise Unreadable(f"process {process_id} does not answer: {error}") from None
    if answer.startswith(REFUSED):
        said = answer[len(REFUSED):].decode("ascii", "replace").strip()
        raise Unreadable(f"process {process_id} refuses to answer: {said}")
    if not answer:
        raise Unreadable(f"process {process_id} has given no answer")
    return answer


def answered(client, process_id, request):
    # The process knows itself by the number that it has in its own namespace.
    client.connect(f"\0threading/{inner_id(process_id, process_id)}")
    # The number of whoever answers, as the kernel knows it: a name alone proves nothing.
    size = struct.calcsize("3i")
    peer, _, _ = struct.unpack(
        "3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    )
    if peer != process_id:
        raise Unreadable(f"another process, {peer}, has the name of process {process_id}'s socket")
    parts = []
    try:
        client.sendall(request.encode() + b"\n")
    except BrokenPipeError:
        # It has closed the connection already: it has said why.
        pass
    try:
        while part := client.recv(1 << 16):
            parts.append(part)
    except ConnectionResetError:
        # It has closed the connection without reading all: what it said before counts.
        pass
    return b"".join(parts)


def no_socket(process_id):
    if not os.path.exists(f"/proc/{process_id}"):
        return f"there is no process {process_id}"
    return (
        f"process {process_id} has no socket: it was not started with THREADING_SOCKET=1, or it is"
        " in another network namespace"
    )
