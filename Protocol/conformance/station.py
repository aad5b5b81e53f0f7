"""A station as the protocol has it: its keys, its chain, its cursors; and the checks that every answer to it has to pass."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Sequence, Tuple

import reference as fe
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from report import Report
from wire import Exchange, Wire, read_line, read_served
from writing import Lines, Writer, new_id, now

ROW_LIMIT = 500


class Unanswered(Exception):
    """A message that should get a signed answer got something else."""


@dataclass
class Row:
    position: int
    id: Optional[str]
    mac: Optional[str]
    change: Optional[Lines]
    leaves: Optional[str]


@dataclass
class Page:
    key: str
    start: int
    to: int
    digest: str
    more: bool
    rows: List[Row] = field(default_factory=list)


@dataclass
class Answer:
    """A signed answer: its first line and, for a pull, its pages."""

    line: Dict[str, Any]
    pages: List[Page]

    @property
    def outcome(self) -> str:
        return self.line["outcome"]

    @property
    def exceptions(self) -> Dict[str, str]:
        """Change id → code, in the answer's order."""
        return {item["id"]: item["problem"] for item in self.line["exceptions"]}

    @property
    def changes(self) -> List[str]:
        return [row.id for page in self.pages for row in page.rows if row.id]


class Code:
    """A one-time enrolment code, taken apart (N1)."""

    def __init__(self, text: str):
        text = "".join(text.split())
        if not re.fullmatch("fe1_[A-Za-z0-9_-]+", text):
            raise ValueError("an enrolment code is fe1_ and base64url")
        packed = text[4:]
        line = fe.read(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        self.url, self.secret, self.fingerprint = line["u"], bytes.fromhex(line["s"]), bytes.fromhex(line["k"])
        if (len(self.secret), len(self.fingerprint)) != (16, 32):
            raise ValueError("an enrolment code's secret or fingerprint is cut short")


class Chain:
    """One epoch of a station: the ids of its changes in order, and the links."""

    def __init__(self, station: str, forked_from: Optional[str] = None):
        self.epoch, self.forked_from = new_id(), forked_from
        self.links = [fe.chain_start(station, self.epoch)]
        self.lines: List[Lines] = []
        self.acknowledged = 0

    @property
    def end(self) -> int:
        return len(self.lines)

    def append(self, changes: Sequence[Lines]) -> None:
        for change in changes:
            self.lines.append(change)
            self.links.append(fe.H(self.links[-1], bytes.fromhex(change.id)))


class Station:
    """Enrols, pushes and pulls; keeps what a station keeps."""

    def __init__(self, wire: Wire, report: Report, code: Code):
        self.wire, self.report, self.code = wire, report, code
        self.key = fe.Key(os.urandom(32))
        self.agreement_key = os.urandom(32)
        self.centre_key = b""
        self.id = self.vault = ""
        self.cursors: Dict[str, Dict[str, Any]] = {}
        self.held: Dict[str, Lines] = {}
        self.macs: Dict[str, str] = {}

    # Enrolment

    def enrol_line(self, **changed: Any) -> bytes:
        mac = fe.enrol_mac(self.code.secret, self.key.public, self.agreement_key, self.code.fingerprint)
        line = {
            "kind": "enrol", "v": 1, "invitation": fe.invitation(self.code.secret).hex(), "signingKey": self.key.public.hex(),
            "agreementKey": self.agreement_key.hex(), "mac": mac.hex(), "time": now()}
        return fe.write({**line, **changed})

    def enrol(self) -> Dict[str, Any]:
        """Enrols, checks the answer by N3 and pins the centre's keys."""
        line = self.enrol_line()
        self.wire.schemas.check("enrol", fe.read(line))
        message = fe.seal("enrol", [line], self.key)
        exchange = self.wire.post("enrol", message)
        if exchange.status != 200:
            raise Unanswered(f"the enrolment got {exchange}")
        first = read_line(exchange.body.split(b"\n", 1)[0], first=True)
        key = bytes.fromhex(first["signingKey"])
        self.report.expect("N3", fe.H(key) == self.code.fingerprint, "the answer's signing key has not the code's fingerprint")
        self.centre_key = key
        lines = self.open("enrol-answer", message, exchange)
        answer = read_line(lines[0], first=True)
        self.report.expect("E1", len(lines) == 1, "an enrol-answer has a payload")
        is_named = fe.has_form("uuid", answer["station"]) and fe.has_form("id", answer["vault"])
        self.report.expect("N3", is_named, "station or vault has a wrong form")
        self.id, self.vault = answer["station"], answer["vault"]
        self.writer = Writer(self.id)
        self.chain = Chain(self.id)
        return answer

    # Messages

    def request(
        self, kind: str, chain: Optional[Chain] = None, after: Optional[int] = None, count: int = 0, /, **changed: Any
    ) -> Dict[str, Any]:
        """The first line of a push, pull or handback; `changed` takes the place of what would stand there."""
        chain = chain or self.chain
        after = chain.acknowledged if after is None else after
        line = {
            "kind": kind, "v": 1, "vault": self.vault, "station": self.id, "epoch": chain.epoch, "forkedFrom": chain.forked_from,
            "after": after, "chain": chain.links[min(after, chain.end)].hex(), "count": count,
            "head": {"sequence": chain.end, "chain": chain.links[-1].hex()}, "time": now()}
        if kind == "pull":
            line["cursors"] = self.cursors
        return {**line, **changed}

    def seal(self, kind: str, line: Dict[str, Any], payload: Sequence[bytes] = ()) -> bytes:
        return fe.seal(kind, [fe.write(line), *payload], self.key)

    def open(self, kind: str, message: bytes, exchange: Exchange) -> List[bytes]:
        """The lines of a signed answer, signature checked and cut off (E1 to E4)."""
        report, body = self.report, exchange.body
        if exchange.status != 200:
            raise Unanswered(f"{kind} was expected and {exchange} came")
        report.expect("E1", body.endswith(b'"\n'), f"the {kind} does not end with a signature line")
        content, signature = body[:-1].rsplit(b"\n", 1)
        content += b"\n"
        try:
            Ed25519PublicKey.from_public_bytes(self.centre_key).verify(
                bytes.fromhex(fe.read(signature)), f"fieldentry/1 {kind}\0".encode() + content)
            report.expect("E2", True, "")
        except (InvalidSignature, ValueError):
            report.fail("E2", f"the {kind} is not signed by the pinned key over the kind and the bytes before the signature line")
        lines = content[:-1].split(b"\n")
        first = read_line(lines[0], first=True)
        self.wire.schemas.check(kind, first)
        said = first.get("kind"), first.get("v")
        report.expect("E1", said == (kind, 1), f"the {kind} says kind and v {said}")
        report.expect("E4", first.get("request") == fe.reference(message).hex(), f"the {kind} does not name the request's reference")
        return lines

    def send(self, kind: str, line: Dict[str, Any], payload: Sequence[bytes] = (), pack: bool = False) -> Answer:
        """Sends a request that has to get a signed answer, and reads it."""
        self._check_sent(kind, line, payload)
        message = self.seal(kind, line, payload)
        exchange = self.wire.post(kind, message, pack=pack)
        lines = self.open(f"{kind}-answer", message, exchange)
        first = read_line(lines[0], first=True)
        self.report.expect("P5", first["epoch"] == line["epoch"], f"the {kind}-answer is of another epoch")
        is_near = abs(first["time"] - now()) < 60_000
        self.report.expect("P3", is_near, f"the {kind}-answer's time is not the centre's clock (or this machine's is wrong)")
        if kind == "pull":
            return Answer(first, PageReader(self.report, self.wire.schemas, first, lines[1:]).read(line["cursors"]))
        self.report.expect("E1", len(lines) == 1, f"the {kind}-answer has a payload")
        return Answer(first, [])

    def refused(self, kind: str, message: bytes, **how: Any) -> Exchange:
        """Sends what has to be refused, as it is."""
        return self.wire.post(kind, message, **how)

    def _check_sent(self, kind: str, line: Dict[str, Any], payload: Sequence[bytes]) -> None:
        self.wire.schemas.check(kind, line)
        for number, text in enumerate(payload if kind == "push" else ()):
            try:
                value = fe.read(text)
                (fe.read_body if number % 2 and not fe.gone(text) else fe.read_header if number % 2 == 0 else fe.read)(text)
            except fe.Refused:
                continue  # Sent broken on purpose.
            self.wire.schemas.check("gone" if fe.gone(text) else "body" if number % 2 else "header", value)

    # Push and pull

    def push(self, changes: Sequence[Lines] = (), pack: bool = False, chain: Optional[Chain] = None, **changed: Any) -> Answer:
        """Appends changes to the chain and sends all that is not acknowledged; acknowledges by P4."""
        chain = chain or self.chain
        chain.append(changes)
        unsent = chain.lines[chain.acknowledged:]
        line = self.request("push", chain, None, len(unsent), **changed)
        answer = self.send("push", line, [part for change in unsent for part in (change.header, change.body)], pack)
        if answer.outcome == "accepted":
            through = answer.line["through"]
            is_ours = through <= chain.end and answer.line["chain"] == chain.links[through].hex()
            if self.report.expect("P4", is_ours, "an accepted push's chain is not the station's at `through`"):
                chain.acknowledged = through
            self.held.update({change.id: change for change in unsent if change.id not in answer.exceptions})
        return answer

    def pull(self, chain: Optional[Chain] = None, after: Optional[int] = None, /, pack: bool = False, **changed: Any) -> Answer:
        """One pull; nothing of it is applied."""
        return self.send("pull", self.request("pull", chain, after, **changed), pack=pack)

    def pull_all(self) -> List[Tuple[str, Row]]:
        """Pulls until no page says `more`, and applies each page (F10, F12).

        :return: The rows that came, with their keys.
        """
        came: List[Tuple[str, Row]] = []
        for _ in range(10_000):
            answer = self.pull()
            self.go_on(answer, self.cursors)
            self.cursors = {key: cursor for key, cursor in self.cursors.items() if key in answer.line["keys"]}
            for page in answer.pages:
                came += [(page.key, row) for row in page.rows]
                self.apply(page)
            if not any(page.more for page in answer.pages) and len(self.cursors) == len(answer.line["keys"]):
                return came
        raise Unanswered("pulls come to no end")

    def apply(self, page: Page) -> None:
        for row in page.rows:
            if row.change and row.id:
                self.held[row.id] = row.change
                self.macs[row.id] = row.mac or ""
        old = self.cursors.get(page.key)
        checkpoints = [{"position": old["position"], "digest": old["digest"]}, *old["checkpoints"]][:8] if old else []
        self.cursors[page.key] = {"position": page.to, "digest": page.digest, "checkpoints": checkpoints}

    def everything(self) -> List[Tuple[str, Row]]:
        """All rows that the station may read, its own too: read as a new epoch that holds nothing would."""
        return [(page.key, row) for page in self.all_pages() for row in page.rows]

    def all_pages(self) -> List[Page]:
        """The pages in which a station reads everything that holds nothing."""
        chain, cursors, pages = Chain(self.id), {}, []
        for _ in range(10_000):
            answer = self.pull(chain, cursors=cursors)
            self.go_on(answer, cursors)
            pages += answer.pages
            cursors.update({page.key: {"position": page.to, "digest": page.digest, "checkpoints": []} for page in answer.pages})
            if not any(page.more for page in answer.pages) and len(cursors) == len(answer.line["keys"]):
                return pages
        raise Unanswered("pulls come to no end")

    def go_on(self, answer: Answer, cursors: Dict[str, Any]) -> None:
        """Checks that pages go on where those before them ended. A kit that went back with the centre would never come to an end."""
        if answer.outcome != "accepted":
            raise Unanswered(f"a pull came to {answer.outcome}")
        for page in answer.pages:
            position = cursors[page.key]["position"] if page.key in cursors else 0
            if not self.report.expect("F6", page.start == position, "a page does not start at a cursor with the centre's own digest"):
                raise Unanswered("pulls do not go on")


class PageReader:
    """Takes the payload of a pull's answer apart and checks F7 and F10 on the way."""

    def __init__(self, report: Report, schemas: Any, first: Dict[str, Any], lines: Sequence[bytes]):
        self.report, self.schemas, self.first, self.lines, self.at = report, schemas, first, lines, 0

    def line(self) -> bytes:
        if self.at >= len(self.lines):
            raise Unanswered("a pull's answer ends within a page")
        self.at += 1
        return self.lines[self.at - 1]

    def read(self, cursors: Dict[str, Any]) -> List[Page]:
        expect, pages = self.report.expect, []
        while self.at < len(self.lines):
            pages.append(self.page())
        keys = [page.key for page in pages]
        expect("F7", len(set(keys)) == len(keys), "two pages of one key in one answer")
        expect("F7", set(keys) <= set(self.first["keys"]), "a page of a key that is not in `keys`")
        expect("Q3", sum(len(page.rows) for page in pages) <= ROW_LIMIT, f"more than {ROW_LIMIT} rows in one answer")
        if self.first["outcome"] != "accepted":
            expect("F7", not pages and not self.first["keys"], f"keys or pages with the outcome {self.first['outcome']}")
        for page in pages:
            cursor = cursors.get(page.key, {"position": 0, "checkpoints": []})
            starts = {0, cursor["position"], *(checkpoint["position"] for checkpoint in cursor["checkpoints"])}
            expect("F6", page.start in starts, "a page starts neither at the cursor nor at a checkpoint nor at 0")
        expect("T4", not any(page.more for page in pages) or any(page.to > page.start for page in pages), "`more` and no page gets further")
        return pages

    def page(self) -> Page:
        text = read_served(self.line())
        self.schemas.check("page", text)
        page = Page(text["key"], text["from"], text["to"], text["digest"], text["more"])
        expect = self.report.expect
        expect("F7", fe.has_form("key", page.key) and page.start <= page.to, "a page's key or positions are wrong")
        last = page.start
        for _ in range(text["rows"]):
            row = self.row()
            expect("F7", last < row.position <= page.to, "positions of a page do not ascend from above `from` to `to`")
            last = row.position
            page.rows.append(row)
        return page

    def row(self) -> Row:
        text = read_served(self.line())
        self.schemas.check("row", text)
        if text["row"] == "leave":
            return Row(text["position"], None, None, None, text["entry"])
        change = Lines(self.line(), self.line())
        if self.report.expect("C8", change.id == text["id"], "a row's id is not the id of its lines") and self.schemas.is_new(change.id):
            parsed = fe.Change(change.header, change.body)
            self.schemas.check("header", parsed.header)
            self.schemas.check("gone" if parsed.body is None else "body", fe.read(change.body, fe.DOCUMENT))
            if "document" in (parsed.body or {}):
                self.schemas.check("promotion", parsed.body["document"])
        return Row(text["position"], text["id"], text["mac"], change, None)
