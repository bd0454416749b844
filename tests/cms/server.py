"""CMS's Coverage API and download host on this machine, for tests, with scripted faults.

It judges no request: tests read what was asked in `requests` and `most_at_once`.
"""

import json
import math
import re
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RD, SHUT_RDWR, socket
from threading import Event, Lock, Thread
from typing import NamedTuple, Self
from urllib.parse import parse_qs

from tests.cms.answers import EXPORTS, FIELDS, JSON, KEYS, KINDS, Row, rows_of


class Answer(NamedTuple):
    """A status, a body and headers; a Content-Length among them is a lie told on purpose."""

    status: int
    body: bytes
    headers: dict[str, str]


def refused(status: int, message: str = "Scripted fault", after: str | None = None) -> Answer:
    """An APIError, and when to come back."""
    body = json.dumps({"message": message, "code": status}).encode()
    return Answer(status, body, JSON | ({"Retry-After": after} if after else {}))


def canned(kind: str, target: str) -> Answer | None:
    """The whole answer of a fault, or None where it spoils or delays the true one."""
    again = f"{target}{'&' if '?' in target else '?'}again=1"
    answers = {
        "500": refused(500),
        "503": refused(503),
        "429": refused(429, after="1"),
        "429-date": refused(429, after=formatdate(time.time() + 2, usegmt=True)),
        "html": Answer(200, b"<!doctype html><p>Back soon</p>", {"Content-Type": "text/html"}),
        "not-json": Answer(200, b'{"meta": {"status": ', JSON),
        "elsewhere": Answer(302, b"", {"Location": "http://localhost:1/evil"}),
        "same-host": Answer(302, b"", {"Location": again}),
    }
    return answers.get(kind)


def spoiled(answer: Answer, kind: str) -> Answer:
    """An answer cut in half ("drop"), or whole but promised longer ("short")."""
    size = len(answer.body)
    if kind == "drop":
        headers = answer.headers | {"Content-Length": str(size)}
        return Answer(answer.status, answer.body[: size // 2], headers)
    promised = {"Content-Length": str(size + 1024)} if kind == "short" else {}
    return answer._replace(headers=answer.headers | promised)


def downloaded(path: Path, headers: dict[str, str]) -> Answer:
    """A file, or its bytes from the one that a Range names."""
    body, modified = path.read_bytes(), formatdate(path.stat().st_mtime, usegmt=True)
    etag = f'"{sha256(body).hexdigest()[:16]}"'
    kept = {"Accept-Ranges": "bytes", "ETag": etag, "Last-Modified": modified}
    kept["Content-Type"] = "application/zip"
    asked = re.fullmatch(r"bytes=(\d+)-", headers.get("range", ""))
    if not asked or headers.get("if-range", etag) not in (etag, modified):
        return Answer(200, body, kept)
    start, size = int(asked[1]), len(body)
    if start >= size:
        return Answer(416, b"", kept | {"Content-Range": f"bytes */{size}"})
    return Answer(206, body[start:], kept | {"Content-Range": f"bytes {start}-{size - 1}/{size}"})


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive; what to say is the server's."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    cms: "CmsServer"

    def handle(self) -> None:
        """Answer until either side leaves."""
        with self.cms.connected(self.connection), suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        """Send the server's answer; hang up after one whose length is not the promised."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.cms.answer(self.path, headers)
        size = str(len(answer.body))
        self.send_response(answer.status)
        for header in ({"Content-Length": size} | answer.headers).items():
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(answer.body)
        self.close_connection |= answer.headers.get("Content-Length", size) != size

    def log_message(self, *words: object) -> None:
        """Say nothing."""


class Listener(ThreadingHTTPServer):
    """Many at once; closing it waits for every connection's thread."""

    daemon_threads = False
    request_queue_size = 128


class CmsServer:
    """CMS on 127.0.0.1: `page` rows at a time, each token good for `token_lives` requests."""

    def __init__(
        self, *, exports: Path | None = None, page: int = 2, token_lives: int | None = None
    ) -> None:
        self.exports, self.page, self.token_lives = exports, page, token_lives
        self.url, self.delay = "", 3.0
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.faults: list[tuple[str, str]] = []
        self.most_at_once = self._at_once = 0
        self._tokens: dict[str, float] = {}
        self._connections: set[socket] = set()
        self._lock, self._stopped = Lock(), Event()

    def __enter__(self) -> Self:
        handler = type("CmsHandler", (Handler,), {"cms": self})
        self._listener = Listener(("127.0.0.1", 0), handler)
        self._thread = Thread(target=self._listener.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._listener.server_port}"
        return self

    def __exit__(self, *problem: object) -> None:
        self._stopped.set()
        self._listener.shutdown()
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(SHUT_RDWR)
        self._listener.server_close()
        self._thread.join()

    def fault(self, place: str, kind: str, times: int = 1) -> None:
        """Spoil the next requests whose path and query contain place, after earlier faults."""
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}: one of {', '.join(KINDS)}")
        with self._lock:
            self.faults += [(place, kind)] * times

    @contextmanager
    def connected(self, connection: socket) -> Iterator[None]:
        """Know a connection while it lasts, to hang up on it at the end."""
        with self._lock:
            self._connections.add(connection)
            if self._stopped.is_set():  # too late for __exit__ to see it
                connection.shutdown(SHUT_RD)
        try:
            yield
        finally:
            with self._lock:
                self._connections.discard(connection)

    def answer(self, target: str, headers: dict[str, str]) -> Answer:
        """Note a request and answer it, with the first fault that waits for it."""
        with self._lock:
            self.requests.append(("GET", target, headers))
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            kind = self._due(target)
        try:
            if kind == "slow":
                self._stopped.wait(self.delay)
            return canned(kind, target) or spoiled(self._served(target, headers), kind)
        finally:  # before a byte is sent, so that a client's next request never overlaps this one
            with self._lock:
                self._at_once -= 1

    def _due(self, target: str) -> str:
        """The kind of the first fault for a path, with or without its last slash; it is used up."""
        path, mark, query = target.partition("?")
        spellings = (
            target,
            f"{path.rstrip('/')}{mark}{query}",
            f"{path.rstrip('/')}/{mark}{query}",
        )
        for place, kind in self.faults:
            if any(place in spelling for spelling in spellings):
                self.faults.remove((place, kind))
                return kind
        return ""

    def _served(self, target: str, headers: dict[str, str]) -> Answer:
        path, _, query = target.partition("?")
        name = path.rstrip("/").removeprefix("/v1/")
        asked = {key: values[-1] for key, values in parse_qs(query).items()}
        kind = name.split("/")[1] if name.startswith("data/") else ""
        if path.startswith(EXPORTS):
            file = self.exports and self.exports / Path(path).name
            return downloaded(file, headers) if file and file.is_file() else refused(404, "No file")
        if name not in FIELDS:
            return refused(404, "Not found")
        if kind in ("lcd", "article") and not self._licensed(headers.get("authorization", "")):
            return refused(401, "Unauthorized")
        if kind and KEYS[kind][0] not in asked:
            return refused(400, f"Missing required parameter: {KEYS[kind][0]}")
        return self._paged(name, asked)

    def _licensed(self, authorization: str) -> bool:
        """Whether a token has lives left; it loses one."""
        token = authorization.removeprefix("Bearer ")
        with self._lock:
            lives = self._tokens.get(token, 0) if token != authorization else 0
            self._tokens[token] = lives - 1
        return lives > 0

    def _token(self) -> str:
        with self._lock:
            token = f"license-{len(self._tokens) + 1}"
            self._tokens[token] = math.inf if self.token_lives is None else self.token_lives
        return token

    def _paged(self, path: str, asked: dict[str, str]) -> Answer:
        """One page, in the envelope; a next_token holds for the question it was given to."""
        license_ = path == "metadata/license-agreement"
        rows: list[Row] = [{"token": self._token()}] if license_ else rows_of(path, asked)
        size = len(rows) or 1 if path == "metadata/states" else self.page
        kept = sorted(asked.keys() - {"next_token", "again"})
        scope = [path, *(f"{key}={asked[key]}" for key in kept)]
        # "+" and "=" on purpose: a client that pastes a token unquoted is found out.
        tokens = [
            b64encode(b"\xfb\xef\xbe" + sha256(f"{scope} {start}".encode()).digest()[:7]).decode()
            for start in range(0, len(rows), size)
        ]
        token = asked.get("next_token")
        if token is not None and token not in tokens:
            return refused(400, "Invalid next_token")
        page = tokens.index(token) if token else 0
        meta = {
            "status": {"id": 200, "message": "OK"},
            "notes": "",
            "fields": [field.strip("*#") for field in FIELDS[path].split()],
            "children": [f"/{name}" for name in FIELDS if name.startswith(f"{path}/")],
            "next_token": dict(enumerate(tokens)).get(page + 1, ""),
        }
        shown = rows[page * size : (page + 1) * size]
        return Answer(200, json.dumps({"meta": meta, "data": shown}).encode(), JSON)
