"""HTTP as "HTTP surface" has it, and what every answer has to be, whatever was asked."""

from __future__ import annotations

import gzip
import http.client
import json
import zlib
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple
from urllib.parse import urlsplit

import reference as fe
from report import PROTOCOL, Report
from schemas import Schemas

MEDIA_TYPE = "application/vnd.fieldentry"
PROBLEM_TYPE = "application/problem+json"
REQUEST_LIMIT = 1 << 20
ANSWER_LIMIT = REQUEST_LIMIT + (128 << 10)


@dataclass
class Exchange:
    """One request's end: the answer's status, headers (names in lower case) and unpacked body."""

    status: int
    headers: Dict[str, str]
    body: bytes
    was_packed: bool
    problem: Optional[dict] = None

    @property
    def code(self) -> Optional[str]:
        return self.problem.get("code") if self.problem else None

    def __str__(self) -> str:
        return f"{self.status} {self.code or self.headers.get('content-type', '')}".strip()


class Wire:
    """Sends requests to one server and checks what holds for every answer: T2, the form of problems, limits, schemas."""

    def __init__(self, url: str, report: Report, schemas: Schemas):
        parts = urlsplit(url.rstrip("/"))
        self.base = parts.path
        self.host, self.is_secure = parts.netloc, parts.scheme == "https"
        self.report, self.schemas = report, schemas
        self.codes = {case["name"]: case for case in json.loads((PROTOCOL / "vectors/problems.json").read_text(encoding="utf-8"))}
        self.requests = 0

    def post(self, kind: str, message: bytes, pack: bool = False, headers: Optional[Dict[str, str]] = None) -> Exchange:
        """Sends a message to the address of its kind; `headers` replace those that a station sends."""
        sent = {"Content-Type": MEDIA_TYPE}
        if pack:
            sent.update({"Content-Encoding": "gzip", "Accept-Encoding": "gzip"})
            message = gzip.compress(message)
        return self.send("POST", f"/v1/{kind}", message, {**sent, **(headers or {})})

    def send(self, method: str, path: str, body: Optional[bytes] = None, headers: Optional[Dict[str, str]] = None) -> Exchange:
        connection_type = http.client.HTTPSConnection if self.is_secure else http.client.HTTPConnection
        connection = connection_type(self.host, timeout=120)
        try:
            try:
                connection.request(method, self.base + path, body=body, headers=headers or {})
            except (BrokenPipeError, ConnectionResetError):
                pass  # A server may answer and close before it has read a body that it does not want.
            response = connection.getresponse()
            answer = self._exchange(response, response.read())
        finally:
            connection.close()
        self.requests += 1
        self._check(method, path, answer, headers or {})
        return answer

    def _exchange(self, response: http.client.HTTPResponse, body: bytes) -> Exchange:
        headers = {name.lower(): value for name, value in response.getheaders()}
        packed = headers.get("content-encoding", "").lower() == "gzip"
        if packed:
            unpacker = zlib.decompressobj(31)
            body = unpacker.decompress(body, ANSWER_LIMIT + 1)
        return Exchange(response.status, headers, body, packed)

    def _check(self, method: str, path: str, answer: Exchange, sent: Dict[str, str]) -> None:
        report = self.report
        if "gzip" not in sent.get("Accept-Encoding", ""):
            report.expect("T1", not answer.was_packed, f"{method} {path}: an answer is packed although nothing said that it may be")
        report.expect("Q3", len(answer.body) <= ANSWER_LIMIT, f"{method} {path}: an answer of more than {ANSWER_LIMIT} bytes")
        media_type = answer.headers.get("content-type", "").split(";")[0].strip()
        if answer.status == 200:
            wanted = "application/json" if path == "/health" else MEDIA_TYPE
            report.expect("T1", media_type == wanted, f"{method} {path}: status 200 has the media type {media_type!r}, not {wanted}")
        elif report.expect("T2", media_type == PROBLEM_TYPE, f"{method} {path}: status {answer.status} is no problem but {media_type!r}"):
            self._check_problem(answer)
        self.schemas.check_exchange(method, path, answer.status, media_type)

    def _check_problem(self, answer: Exchange) -> None:
        if not answer.body:
            return  # An answer to HEAD.
        problem = answer.problem = json.loads(answer.body)
        code = problem.get("code")
        self.schemas.check("problem", problem)
        report, known = self.report, self.codes.get(code)
        if not report.expect("T2", known is not None, f"a problem has the code {code!r}, which is not in the list"):
            return
        statuses = problem.get("status"), answer.status
        report.expect("T2", statuses == (known["status"],) * 2, f"{code}: status {statuses}")
        report.expect("T2", problem.get("type") == f"urn:field-entry:problem:{code}", f"{code}: type {problem.get('type')!r}")
        report.expect("T2", problem.get("retryable") == known["retryable"], f"{code}: retryable {problem.get('retryable')!r}")
        report.expect(f"problem {code}", True, "")


def read_served(line: bytes) -> Any:
    """A short line that a server wrote by itself: as strict where a writer goes wrong, and much faster."""
    def pairs(members: List[Tuple[str, Any]]) -> Dict[str, Any]:
        if len({name for name, _ in members}) < len(members):
            raise fe.Refused("duplicateName")
        return dict(members)

    def refuse(text: str) -> None:
        raise fe.Refused("notAnInteger", text)

    return json.loads(line.decode("utf-8"), object_pairs_hook=pairs, parse_float=refuse, parse_constant=refuse)


def read_line(line: bytes, first: bool = False) -> object:
    """A line, read as strictly as B2 says; the first line of a pull or of an answer may be a mebibyte."""
    return fe.read(line, (fe.DOCUMENT[0], fe.LINE[1]) if first else fe.LINE)
