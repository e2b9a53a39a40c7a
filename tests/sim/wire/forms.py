"""Parameters of a call, however they were sent: query, JSON, form or multipart."""

from dataclasses import dataclass
from email.message import Message
from urllib.parse import parse_qsl

import orjson

from tests.sim.wire.http import Request


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    filename: str
    content_type: str
    content: bytes


def read_parameters(request: Request) -> tuple[dict[str, object], dict[str, Upload]]:
    """Return the parameters and the files of a call.

    Raises:
        ValueError: the body is not what its content type says.
    """
    parameters: dict[str, object] = dict(request.query)
    kind = request.headers.get("content-type", "").lower()
    files: dict[str, Upload] = {}
    if kind.startswith("application/json") and request.body:
        body = orjson.loads(request.body)
        if not isinstance(body, dict):
            raise ValueError("expected a JSON object")
        parameters |= body
    elif kind.startswith("application/x-www-form-urlencoded"):
        parameters |= dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    elif kind.startswith("multipart/form-data"):
        fields, files = read_multipart(request.body, request.headers["content-type"])
        parameters |= fields
    return parameters, files


def read_multipart(body: bytes, content_type: str) -> tuple[dict[str, str], dict[str, Upload]]:
    """Split a multipart body into fields and files.

    Raises:
        ValueError: there is no boundary, or a part has no name.
    """
    boundary = _header_parameter(content_type, "boundary")
    if not boundary:
        raise ValueError("expected a boundary in the content type")
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:]:
        if part.startswith(b"--"):
            break
        head, _, content = part.partition(b"\r\n\r\n")
        headers = {}
        for line in head.decode().split("\r\n"):
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        disposition = headers.get("content-disposition", "")
        name = _header_parameter(disposition, "name")
        if not name:
            raise ValueError("expected a name for each part")
        filename = _header_parameter(disposition, "filename")
        if filename:
            files[name] = Upload(filename, headers.get("content-type", "application/octet-stream"), content)
        else:
            fields[name] = content.decode()
    return fields, files


def _header_parameter(header: str, name: str) -> str:
    message = Message()
    message["content-disposition"] = header
    value = message.get_param(name, header="content-disposition")
    return value if isinstance(value, str) else ""
