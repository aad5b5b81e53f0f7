"""Enrolment (N1 to N5) and the signatures of messages (E1 to E4)."""

from __future__ import annotations

import gzip
import os

import reference as fe
from kit import Kit
from station import Code, Station
from wire import MEDIA_TYPE
from writing import new_id


def enrolment(kit: Kit) -> None:
    """Runs before anything else: what must not use up a code comes before its first use."""
    report, station = kit.report, kit.first
    expect = report.expect
    line = station.enrol_line

    def refused(number: str, code: str, text: bytes, what: str, key: fe.Key = station.key) -> None:
        got = station.refused("enrol", fe.seal("enrol", [text], key))
        expect(number, got.code == code, f"{what} got {got}, not {code}")

    refused("N4", "invitation-unknown", line(mac="00" * 32), "an enrolment with a wrong MAC")
    refused("N4", "invitation-unknown", line(invitation=fe.invitation(os.urandom(16)).hex()), "an enrolment with an unknown secret")
    other = fe.Key(os.urandom(32))
    refused("N2", "bad-signature", line(), "an enrolment signed with another key than its own", other)
    refused("N2", "invitation-unknown", line(signingKey=other.public.hex()), "an enrolment whose MAC is over another key", other)
    refused("V1", "unsupported-version", line(v=2), "an enrolment of version 2")
    refused("B5", "malformed", line(signingKey=station.key.public.hex().upper()), "an enrolment with a key in capitals")

    first = station.enrol()
    expect("N1", True, "")
    expect("N4", True, "")
    again = Station(kit.wire, report, station.code)
    again.key, again.agreement_key = station.key, station.agreement_key
    second = again.enrol()
    expect("N4", (second["station"], second["vault"]) == (first["station"], first["vault"]), "the same code and keys got another station")
    thief = Station(kit.wire, report, station.code)
    got = thief.refused("enrol", fe.seal("enrol", [thief.enrol_line()], thief.key))
    expect("N4", got.code == "invitation-used", f"a used code with other keys got {got}, not invitation-used")
    thief.key = station.key
    got = thief.refused("enrol", fe.seal("enrol", [thief.enrol_line()], thief.key))
    expect("N4", got.code == "invitation-used", f"a used code with another agreement key got {got}, not invitation-used")
    kit.second.enrol()
    expect("N5", kit.second.vault == station.vault, "the two codes are of different vaults; give two of one")
    expect("N4", kit.second.id != station.id, "two codes led to one station")
    if kit.options.other_vault_code:
        kit.other = Station(kit.wire, report, Code(kit.options.other_vault_code))
        kit.other.enrol()
        expect("N5", kit.other.vault != station.vault, "--other-vault-code is of the same vault")
        got = kit.other.refused("pull", kit.other.seal("pull", kit.other.request("pull", vault=station.vault)))
        expect("N5", got.code == "not-enrolled", f"a station that names another vault got {got}, not not-enrolled")


def envelope(kit: Kit) -> None:
    report, station = kit.report, kit.first
    expect = report.expect
    good = station.seal("pull", station.request("pull"))

    def refused(number: str, codes: str, message: bytes, what: str, to: str = "pull") -> None:
        got = station.refused(to, message)
        expect(number, got.code in codes.split(), f"{what} got {got}, not {codes.replace(' ', ' or ')}")

    refused("E1", "malformed", b"", "an empty message")
    refused("E1", "malformed", good[:-1], "a message without its last LF")
    refused("E1", "malformed", good[:-1].rsplit(b"\n", 1)[1] + b"\n", "a signature line alone")
    refused("E1", "bad-signature", good[:-1].rsplit(b"\n", 1)[0] + b"\n{}\n", "a message without signature line")
    content, signature = good[:-1].rsplit(b"\n", 1)
    refused("B5", "bad-signature", content + b"\n" + signature.upper() + b"\n", "a signature in capitals")
    refused("E1", "bad-signature", content + b"\n" + signature[:-3] + b'"\n', "a signature of 63 bytes")
    refused("E3", "not-enrolled", good.replace(b'"v":1', b'"v": 1'), "a message altered by one blank")
    refused("E3", "not-enrolled", good.replace(b"}\n", b"}\r\n", 1), "a message with CRLF for LF")
    line = fe.write(station.request("pull"))
    refused("E3", "not-enrolled", fe.seal("pull", [line], fe.Key(os.urandom(32))), "another key's signature")
    refused("E3", "not-enrolled", fe.seal("pull", [line], kit.second.key), "another station's signature")
    refused("E2", "not-enrolled", fe.seal("push", [line], station.key), "a pull signed as a push")
    refused("E3", "malformed", good, "a pull sent to /v1/push", "push")
    refused("E3", "not-enrolled", station.seal("pull", station.request("pull", station=new_id())), "a station that is not there")
    refused("N5", "not-enrolled", station.seal("pull", station.request("pull", vault="no-such-vault-here")), "a vault that is not there")
    refused("V1", "unsupported-version", station.seal("pull", station.request("pull", v=2)), "a pull of version 2")
    refused("V3", "unsupported-version", station.seal("push", station.request("push", v=2)), "a push of version 2")
    spoken = fe.read(station.refused("pull", station.seal("pull", station.request("pull", v=2))).body.strip()).get("versions")
    expect("V4", isinstance(spoken, list) and spoken[0] <= 1 <= spoken[1] < 2, f"an unsupported version got the versions {spoken}")
    unknown = station.refused("pull", station.seal("pull", station.request("pull", station=new_id())))
    foreign = station.refused("pull", fe.seal("pull", [line], kit.second.key))
    expect("E3", unknown.body == foreign.body, "a problem tells whether the station or the signature was wrong")


def surface(kit: Kit) -> None:
    """Addresses, methods, media types, packing and sizes (T1, T2, Q3)."""
    report, station, wire = kit.report, kit.first, kit.wire
    expect = report.expect

    def good() -> bytes:
        return station.seal("pull", station.request("pull"))

    def refused(number: str, code: str, got: object, what: str) -> None:
        expect(number, getattr(got, "code") == code, f"{what} got {got}, not {code}")

    health = wire.send("GET", "/health")
    if expect("T2", health.status == 200, f"GET /health got {health}"):
        wire.schemas.check("health", fe.read(health.body.strip()))
    refused("T2", "not-found", wire.send("GET", "/no-such-address"), "an unknown address")
    refused("T2", "not-found", wire.send("POST", "/v1/no-such-kind", good(), {"Content-Type": MEDIA_TYPE}), "an unknown kind")
    for kind in ("enrol", "push", "pull"):
        for method in ("GET", "PUT", "DELETE"):
            got = wire.send(method, f"/v1/{kind}")
            refused("T2", "method-not-allowed", got, f"{method} /v1/{kind}")
            expect("T2", "POST" in got.headers.get("allow", ""), f"{method} /v1/{kind} got no Allow header with POST")
    for media_type in ("application/json", "text/plain"):
        refused("T1", "unsupported-media", wire.post("pull", good(), headers={"Content-Type": media_type}), f"a message as {media_type}")
    for coding in ("deflate", "br", "gzip, gzip"):
        refused("T1", "unsupported-media", wire.post("pull", good(), headers={"Content-Encoding": coding}), f"a message in {coding}")
    refused("T1", "malformed", wire.post("pull", good(), headers={"Content-Encoding": "gzip"}), "a plain message that is said to be gzip")
    expect("T1", station.pull(pack=True).outcome == "accepted", "a pull in gzip is not accepted")
    expect("E2", True, "")


def sizes(kit: Kit) -> None:
    report, station, wire = kit.report, kit.first, kit.wire
    limit = 1 << 20

    def padded(size: int) -> bytes:
        """A pull of exactly that size."""
        bare = len(station.seal("pull", station.request("pull", later="")))
        return station.seal("pull", station.request("pull", later="x" * (size - bare)))

    def padded_push(size: int) -> bytes:
        bare = len(fe.write(station.request("push", later="")))
        return station.seal("push", station.request("push", later="x" * (size - bare)))

    def expect(got: object, wanted: str, what: str) -> None:
        found = "200" if getattr(got, "status") == 200 else getattr(got, "code")
        report.expect("Q3", found in wanted.split(), f"{what} got {got}, not {wanted.replace(' ', ' or ')}")

    expect(wire.post("pull", padded(limit)), "200", "a message of 1,048,576 bytes")
    expect(wire.post("pull", padded(limit + 1)), "too-large", "a message of 1,048,577 bytes")
    expect(wire.post("pull", padded(limit), pack=True), "200", "a message of 1,048,576 bytes in gzip")
    expect(wire.post("pull", padded(limit + 1), pack=True), "too-large", "a message of 1,048,577 bytes in gzip")
    stored = gzip.compress(padded(limit), compresslevel=0)
    expect(wire.post("pull", stored, headers={"Content-Encoding": "gzip"}), "too-large", f"a message that is {len(stored):,} bytes packed")
    bomb = gzip.compress(bytes(64 << 20))
    expect(wire.post("push", bomb, headers={"Content-Encoding": "gzip"}), "too-large", f"64 MiB of zeros in {len(bomb):,} bytes of gzip")
    cut = gzip.compress(padded(10_000))[:-12]
    expect(wire.post("pull", cut, headers={"Content-Encoding": "gzip"}), "malformed", "gzip that breaks off")
    expect(wire.post("push", padded_push(65_536)), "200", "a push's first line of 65,536 bytes")
    expect(wire.post("push", padded_push(65_537)), "malformed too-large", "a push's first line of 65,537 bytes")
    expect(wire.post("push", station.seal("push", station.request("push", count=501))), "malformed", "a push whose count is 501")
    short = station.seal("push", station.request("push", count=1, head={"sequence": station.chain.end + 1, "chain": "00" * 32}))
    expect(wire.post("push", short), "malformed", "a push with fewer lines than its count")
    nine = [{"position": 0, "digest": "00" * 32}] * 9
    cursors = {f"documents/{kit.main.id}": {"position": 0, "digest": "00" * 32, "checkpoints": nine}}
    expect(wire.post("pull", station.seal("pull", station.request("pull", cursors=cursors))), "malformed", "a cursor with nine checkpoints")
