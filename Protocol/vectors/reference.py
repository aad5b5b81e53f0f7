"""The protocol's rules a second time, in Python, slowly and plainly.

Written from Protocol/README.md and sharing nothing with the Swift sources, so that the expected values in the vectors are not the ones
that the code under test happens to give. Needs the standard library and `cryptography` (Ed25519, X25519, ChaCha20-Poly1305).
"""

import base64
import hashlib
import hmac
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LINE = (64 << 10, 6)
DOCUMENT = (1 << 20, 10)
SAFE = 2**53 - 1


class Refused(Exception):
    """Why a line is refused; the reasons' names are those in the vectors."""

    def __init__(self, reason, name=None):
        super().__init__(reason, name)
        self.reason = reason
        self.name = name


# Bytes ----------------------------------------------------------------------------------------------------------------------------------


class Reader:
    """Strict JSON of one line, as "Bytes" has it. Objects become dictionaries, which keep the order of their names."""

    def __init__(self, line, limits=LINE):
        if len(line) > limits[0]:
            raise Refused("tooLong")
        self.line, self.depth_limit, self.at = line, limits[1], 0

    def read(self):
        value = self.value(0)
        self.space()
        if self.at < len(self.line):
            raise Refused("trailingBytes")
        return value

    def space(self):
        while self.line[self.at:self.at + 1] in (b" ", b"\t", b"\r"):
            self.at += 1

    def next(self):
        if self.at >= len(self.line):
            raise Refused("endOfInput")
        return self.line[self.at:self.at + 1]

    def value(self, depth):
        self.space()
        first = self.next()
        if first in b"{[" and depth == self.depth_limit:
            raise Refused("tooDeep")
        if first == b"{":
            return self.object(depth + 1)
        if first == b"[":
            return self.array(depth + 1)
        if first == b'"':
            return self.string()
        for text, value in ((b"true", True), (b"false", False), (b"null", None)):
            if first == text[:1]:
                if self.line[self.at:self.at + len(text)] != text:
                    raise Refused("endOfInput" if len(self.line) - self.at < len(text) else "syntax")
                self.at += len(text)
                return value
        return self.number()

    def members(self, closing, each):
        self.at += 1
        self.space()
        if self.next() == closing:
            self.at += 1
            return
        while True:
            each()
            self.space()
            mark = self.next()
            self.at += 1
            if mark == closing:
                return
            if mark != b",":
                raise Refused("syntax")
            self.space()

    def object(self, depth):
        result = {}

        def member():
            if self.next() != b'"':
                raise Refused("syntax")
            name = self.string()
            if name in result:
                raise Refused("duplicateName")
            self.space()
            if self.next() != b":":
                raise Refused("syntax")
            self.at += 1
            result[name] = self.value(depth)

        self.members(b"}", member)
        return result

    def array(self, depth):
        result = []
        self.members(b"]", lambda: result.append(self.value(depth)))
        return result

    def number(self):
        match = re.compile(rb"-?[0-9]+").match(self.line, self.at)
        if not match:
            raise Refused("endOfInput" if self.line[self.at:] == b"-" else "syntax")
        text = match.group()
        if re.match(rb"-?0[0-9]", text):
            raise Refused("syntax")
        if text == b"-0" or self.line[match.end():match.end() + 1] in (b".", b"e", b"E"):
            raise Refused("notAnInteger")
        if abs(int(text)) > SAFE:
            raise Refused("integerOutOfRange")
        self.at = match.end()
        return int(text)

    def string(self):
        self.at += 1
        out = bytearray()
        while True:
            byte = self.next()
            self.at += 1
            if byte == b'"':
                break
            if byte[0] < 0x20:
                raise Refused("controlCharacter")
            out += self.escape() if byte == b"\\" else byte
        try:
            return out.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("invalidUTF8") from None

    def escape(self):
        letter = self.next()
        self.at += 1
        plain = b'"\\/bfnrt'.find(letter)
        if plain >= 0:
            return b'"\\/\b\f\n\r\t'[plain:plain + 1]
        if letter != b"u":
            raise Refused("syntax")
        unit = self.unit()
        if unit == 0:
            raise Refused("nullCharacter")
        if 0xDC00 <= unit <= 0xDFFF:
            raise Refused("loneSurrogate")
        if 0xD800 <= unit <= 0xDBFF:
            if self.line[self.at:self.at + 2] != b"\\u":
                raise Refused("loneSurrogate")
            self.at += 2
            low = self.unit()
            if not 0xDC00 <= low <= 0xDFFF:
                raise Refused("loneSurrogate")
            unit = 0x10000 + ((unit - 0xD800) << 10) + low - 0xDC00
        return chr(unit).encode()

    def unit(self):
        digits = self.line[self.at:self.at + 4]
        if len(digits) < 4:
            raise Refused("endOfInput")
        if not re.fullmatch(rb"[0-9a-fA-F]{4}", digits):
            raise Refused("syntax")
        self.at += 4
        return int(digits, 16)


def read(line, limits=LINE):
    return Reader(line, limits).read()


def write(value):
    """JSON without white space and with only the escapes that must be: the form in which the examples and vectors are written."""
    if value is None or isinstance(value, bool):
        return {None: b"null", True: b"true", False: b"false"}[value]
    if isinstance(value, int):
        return str(value).encode()
    if isinstance(value, str):
        return b'"' + b"".join(map(write_character, value)) + b'"'
    if isinstance(value, list):
        return b"[" + b",".join(map(write, value)) + b"]"
    return b"{" + b",".join(write(name) + b":" + write(member) for name, member in value.items()) + b"}"


def write_character(character):
    short = {'"': b'\\"', "\\": b"\\\\", "\n": b"\\n", "\r": b"\\r", "\t": b"\\t"}
    if character in short:
        return short[character]
    return b"\\u%04x" % ord(character) if character < " " else character.encode()


def H(*parts):
    """SHA-256 over text as UTF-8, digests and bytes raw, numbers as 8 bytes big-endian."""
    hash = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            part = part.encode()
        elif isinstance(part, int):
            part = part.to_bytes(8, "big", signed=True)
        hash.update(part)
    return hash.digest()


# The forms of names ---------------------------------------------------------------------------------------------------------------------

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ID = r"[a-z][a-z0-9_-]{0,63}"
LABEL = r"[A-Z0-9-]{1,32}"
FORMS = {
    "id": ID,
    "label": LABEL,
    "versioned": ID + r"/[1-9][0-9]{0,15}",
    "field": ID + r"|\$(channel|batch|envelope|card|void|state|expected)|\$envelope\.[1-9][0-9]{0,5}",
    "key": f"(documents|promotion)/{ID}|station/{ID}/{UUID}|batch/{ID}/{LABEL}",
    "uuid": UUID,
    "digest": r"[0-9a-f]{64}",
}


def has_form(form, text):
    if not isinstance(text, str) or not re.fullmatch(FORMS[form], text, re.ASCII):
        return False
    return form != "versioned" or int(text.split("/")[1]) <= SAFE


def card_id(promotion, batch, envelope, card):
    raw = bytearray(H("fieldentry/1 card\0", promotion, "\0", batch, "\0", envelope, card)[:16])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


# Change ---------------------------------------------------------------------------------------------------------------------------------

KINDS = ("set", "void", "restore", "verify", "erase", "reject", "document")


def integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def require(condition, name):
    if not condition:
        raise Refused("unexpected", name)


def read_header(line):
    header = read(line)
    require(isinstance(header, dict), None)
    for name, fits in (
        ("v", lambda value: value == 1 and integer(value)),
        ("station", lambda value: value == "central" or has_form("uuid", value)),
        ("operator", lambda value: has_form("id", value)),
        ("stamp", integer),
        ("skew", lambda value: value is None or integer(value)),
        ("kind", lambda value: value in KINDS),
        ("form", lambda value: has_form("versioned", value)),
    ):
        require(name in header and fits(header[name]), name)
    for name, form in (("entry", "uuid"), ("batch", "label"), ("target", "digest")):
        require(name not in header or has_form(form, header[name]), name)
    kind, entry, batch = header["kind"], "entry" in header, "batch" in header
    require(not (entry and batch), "batch")
    require(kind != "document" or not (entry or batch), "kind")
    require(entry or batch or kind in ("document", "reject"), "entry")
    require((kind == "reject") == ("target" in header), "target")
    require(kind != "erase" or entry, "entry")
    return header


def read_body(line, limits=LINE):
    body = read(line, limits)
    require(isinstance(body, dict), None)
    salt = body.get("salt")
    require(isinstance(salt, str) and re.fullmatch(r"[0-9a-f]{32}", salt), "salt")
    for name in ("set", "base", "verify", "document"):
        require(name not in body or isinstance(body[name], dict), name)
    for field, value in body.get("set", {}).items():
        require(has_form("field", field), "field")
        if isinstance(value, dict):
            require("value" in value and not isinstance(value["value"], (dict, list)), "value")
            require(isinstance(value.get("keyed", ""), str), "keyed")
            require("flag" not in value or has_form("id", value["flag"]), "flag")
            require("wording" not in value or has_form("versioned", value["wording"]), "wording")
        else:
            require(not isinstance(value, list), "set")
    if len(body.get("base", {})) > 64:
        raise Refused("tooLong", "base")
    for change, fields in body.get("base", {}).items():
        require(has_form("digest", change) and isinstance(fields, list), "base")
        require(all(has_form("field", field) for field in fields), "base")
    ids(body.get("seen", []), "seen", 256)
    for field, verification in body.get("verify", {}).items():
        require(has_form("field", field), "field")
        require(isinstance(verification, dict), "verify")
        require("heads" in verification and isinstance(verification.get("agrees"), bool), "verify")
        require(all(isinstance(verification.get(name, False), bool) for name in ("peeked", "differed")), "verify")
        ids(verification["heads"], "heads", 16)
    require("counted" not in body or has_form("digest", body["counted"]), "counted")
    require("reason" not in body or has_form("id", body["reason"]), "reason")
    return body


def ids(value, name, limit):
    require(isinstance(value, list), name)
    if len(value) > limit:
        raise Refused("tooLong", name)
    require(all(has_form("digest", id) for id in value), name)


def gone(line):
    """The digest in the line that stands for a body that is gone, else None."""
    return bytes.fromhex(line[1:-1].decode()) if re.fullmatch(rb'"[0-9a-f]{64}"', line) else None


def body_digest(line):
    return gone(line) or H(line)


def change_id(header, body):
    return H("fieldentry/1 change\0", H(header), body_digest(body))


class Change:
    def __init__(self, header_line, body_line):
        self.lines = (header_line, body_line)
        self.header = read_header(header_line)
        self.limits = DOCUMENT if self.header["kind"] == "document" else LINE
        self.body = None if gone(body_line) else read_body(body_line, self.limits)
        self.id = change_id(header_line, body_line).hex()
        self.order = (self.header["stamp"] - (self.header["skew"] or 0), self.id)

    def sets(self):
        return (self.body or {}).get("set", {})

    def base(self, field):
        return {id for id, fields in (self.body or {}).get("base", {}).items() if field in fields}

    def says(self, field):
        """What has to agree for two values to be one: value, flag and wording, each with its JSON type."""
        value = self.sets()[field]
        long = value if isinstance(value, dict) else {"value": value}
        return write([long["value"], long.get("flag"), long.get("wording")])


def chain_start(station, epoch):
    return H("fieldentry/1 epoch\0", station, "\0", epoch)


def chain(start, ids):
    """The chain after each of the ids, the start first."""
    links = [start]
    for id in ids:
        links.append(H(links[-1], id))
    return links


# Merge ----------------------------------------------------------------------------------------------------------------------------------


def merge(subject, changes):
    """The state that the changes of one subject come to, each rule taken literally and with no care for speed."""
    if any(change.header["kind"] == "erase" for change in changes):
        return state({}, set(), "no", True, {}, subject, {})
    rejected = {change.header["target"] for change in changes if change.header["kind"] == "reject"}
    live = {change.id: change for change in changes if change.id not in rejected}
    known = {change.id for change in changes} | rejected
    names = {field for change in live.values() for field in change.sets()}

    def baseless(change, field):
        return field in change.sets() and not change.base(field)

    heads, waits = {}, set()
    for field in names:
        replaced = {id for change in live.values() for id in change.base(field)}
        for change in live.values():
            twins = baseless(change, field) and any(
                id in live and baseless(live[id], field) and live[id].says(field) == change.says(field) for id in replaced)
            if field in change.sets() and change.id not in replaced and not twins:
                heads.setdefault(field, []).append(change)
        heads.get(field, []).sort(key=lambda change: change.order)
        if len(heads.get(field, [])) > 1 and any(change.base(field) - known for change in heads[field]):
            waits.add(field)

    void = "no"
    voids = heads.get("$void", [])
    if any(change.says("$void").startswith(b"[true,") for change in voids):
        seen = {id for change in voids for id in change.body.get("seen", [])}
        def was_seen(head, field):
            return head.id in seen or any(
                id in live and baseless(live[id], field) and baseless(head, field) and live[id].says(field) == head.says(field)
                for id in seen)
        void = "void" if all(change.says("$void").startswith(b"[true,") for change in voids) and all(
            was_seen(head, field) for field in heads if field != "$void" for head in heads[field]) else "contested"

    verified = {}
    for change in sorted(live.values(), key=lambda change: change.order):
        if change.header["kind"] == "verify":
            for field, found in (change.body or {}).get("verify", {}).items():
                if field in heads and set(found["heads"]) == {head.id for head in heads[field]}:
                    verified[field] = found["agrees"]
    return state(heads, waits, void, False, verified, subject, live)


def state(heads, waits, void, erased, verified, subject, live):
    fields = sorted(heads, key=str.encode)
    differ = [field for field in fields if len({head.says(field) for head in heads[field]}) > 1]
    conflicts = [field for field in fields if field not in waits and (field in differ or (field == "$void" and void == "contested"))]

    def restrictive(field):
        yes = [head for head in heads[field] if head.says(field).startswith(b"[true,")]
        return ([head for head in heads[field] if head not in yes] or heads[field])[-1]

    pick = {"latest": lambda field: heads[field][-1], "first": lambda field: heads[field][0], "restrictive": restrictive}
    return {
        "heads": {field: [head.id for head in heads[field]] for field in fields},
        "conflicts": conflicts,
        "waits": sorted(waits),
        "void": void,
        "erased": erased,
        "verified": {field: verified[field] for field in sorted(verified)},
        "shown": {policy: {field: choose(field).id for field in fields} for policy, choose in pick.items()},
        "digest": comparison(subject, heads).hex(),
    }


def comparison(subject, heads):
    total = sum(
        int.from_bytes(H(subject, field, bytes.fromhex(head.id)), "big") for field in heads for head in heads[field])
    return (total % 2**256).to_bytes(32, "big")


def counted(entries, exceptions):
    """What a closing counts: entries as (id, envelope, card, void), exceptions as code by envelope."""
    total = sum(
        int.from_bytes(H("fieldentry/1 counted\0", entry, "\0", envelope, card, 1 if void else 0), "big")
        for entry, envelope, card, void in entries)
    total += sum(
        int.from_bytes(H("fieldentry/1 counted\0", f"$envelope.{envelope}", "\0", code), "big") for envelope, code in exceptions.items())
    return (total % 2**256).to_bytes(32, "big")


def is_sampled(promotion, entry, percent):
    """Whether an entry is one of those that are keyed twice."""
    return int.from_bytes(H("fieldentry/1 sample\0", promotion, "\0", entry)[:8], "big") % 100 < percent


def part(subject):
    """The part of a key that a subject is in when keys are compared: the first byte of H(subject) as two digits."""
    return H(subject)[:1].hex()


# Messages -------------------------------------------------------------------------------------------------------------------------------


class Key:
    """An Ed25519 key of a fixed seed, so that the examples are the same each time."""

    def __init__(self, seed):
        self.seed = seed
        self.private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def seal(kind, lines, key):
    """The message's bytes: its lines, each with its LF, and the signature line."""
    content = b"".join(line + b"\n" for line in lines)
    signature = key.private.sign(f"fieldentry/1 {kind}\0".encode() + content)
    return content + write(signature.hex()) + b"\n"


def reference(message):
    return H(message[:-1].rsplit(b"\n", 1)[-1])


def chain_check(road, revoked, ids_held, start, after, claimed, ids_sent, head):
    """The outcome table, row by row. `ids_held` are those of the epoch's changes that the centre has taken."""
    held = chain(start, ids_held)
    n = len(ids_held)
    if revoked:
        return "revoked", 0
    if road == "http" and head < n and held[after] == claimed:
        return "rolledBack", 0
    if after > n:
        return ("behind" if road == "http" else "parked"), 0
    sent = chain(claimed, ids_sent)
    overlap = min(n - after, len(ids_sent))
    if held[after] != claimed or held[after + overlap] != sent[overlap]:
        return "forked", 0
    return "accepted", overlap


def feed_start(vault):
    return H("fieldentry/1 feed\0", vault)


def feed_next(feed, key, row, id):
    return H(feed, H(key), row, id)


def mac(key, *parts):
    return hmac.new(key, b"".join(part.encode() if isinstance(part, str) else part for part in parts), hashlib.sha256).digest()


def invitation(secret):
    return H("fieldentry/1 invitation\0", secret)


def enrol_mac(secret, signing, agreement, fingerprint):
    return mac(secret, "fieldentry/1 enrol\0", signing, agreement, fingerprint)


def code_text(url, secret, fingerprint):
    line = write({"u": url, "s": secret.hex(), "k": fingerprint.hex()})
    return "fe1_" + base64.urlsafe_b64encode(line).decode().rstrip("=")


# Bundles --------------------------------------------------------------------------------------------------------------------------------

KEM_SUITE = b"KEM" + bytes.fromhex("0020")
HPKE_SUITE = b"HPKE" + bytes.fromhex("0020 0001 0003")
BUNDLE_HEADER_BYTES, FRAME_BYTES, BUNDLE_MESSAGES = 1024, 1_179_648, 10_000


def labeled_extract(suite, salt, label, material):
    return mac(salt or bytes(32), b"HPKE-v1", suite, label, material)


def labeled_expand(suite, secret, label, info, length):
    block = mac(secret, length.to_bytes(2, "big"), b"HPKE-v1", suite, label, info, b"\1")  # One block of 32 bytes is all that is needed.
    return block[:length]


class Sealing:
    """One HPKE context in base mode (RFC 9180, 5.1), of either side: its key, and nonces in the order of the frames."""

    def __init__(self, shared, info):
        hashes = [labeled_extract(HPKE_SUITE, b"", label, value) for label, value in ((b"psk_id_hash", b""), (b"info_hash", info))]
        context = b"\0" + b"".join(hashes)
        secret = labeled_extract(HPKE_SUITE, shared, b"secret", b"")
        self.cipher = ChaCha20Poly1305(labeled_expand(HPKE_SUITE, secret, b"key", context, 32))
        self.base = labeled_expand(HPKE_SUITE, secret, b"base_nonce", context, 12)
        self.count = 0

    def nonce(self):
        number = int.from_bytes(self.base, "big") ^ self.count
        self.count += 1
        return number.to_bytes(12, "big")

    def seal(self, content, bound):
        return self.cipher.encrypt(self.nonce(), content, bound)

    def open(self, sealed, bound):
        return self.cipher.decrypt(self.nonce(), sealed, bound)


def shared_secret(agreed, ephemeral, receiver):
    secret = labeled_extract(KEM_SUITE, b"", b"eae_prk", agreed)
    return labeled_expand(KEM_SUITE, secret, b"shared_secret", ephemeral + receiver, 32)


def x25519_public(seed):
    return X25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


BUNDLE_INFO = b"fieldentry/1 bundle\0"


def bundle(vault, to, receiver, ephemeral_seed, messages):
    """The bytes of a bundle file. A sender takes a new ephemeral key for each; here it is given, so that the bytes are always the same."""
    ephemeral = x25519_public(ephemeral_seed)
    agreed = X25519PrivateKey.from_private_bytes(ephemeral_seed).exchange(X25519PublicKey.from_public_bytes(receiver))
    sealing = Sealing(shared_secret(agreed, ephemeral, receiver), BUNDLE_INFO)
    header = write({"kind": "bundle", "v": 1, "vault": vault, "to": to, "key": H(receiver).hex(), "enc": ephemeral.hex()})
    return header + b"\n" + b"".join(frame(sealing, header, 0, message) for message in messages) + frame(sealing, header, 1, b"")


def frame(sealing, header, kind, content):
    head = bytes([kind]) + (len(content) + 16).to_bytes(4, "big")
    return head + sealing.seal(content, H(header) + head)


def read_bundle(file, seed):
    """The messages of a bundle file, in order; all of them or none."""
    header, _, rest = file[:BUNDLE_HEADER_BYTES + 1].partition(b"\n")
    rest = file[len(header) + 1:]
    try:
        line = read(header)
        fits = isinstance(line, dict) and line.get("kind") == "bundle" and len(file) > len(header) <= BUNDLE_HEADER_BYTES
    except Refused:
        fits = False
    if not fits:
        raise Refused("notABundle")
    if line.get("v") != 1 or isinstance(line["v"], bool):
        raise Refused("unsupportedVersion")
    if not (has_form("id", line.get("vault")) and (line.get("to") == "central" or has_form("uuid", line.get("to")))
            and has_form("digest", line.get("key")) and has_form("digest", line.get("enc"))):
        raise Refused("notABundle")
    receiver, ephemeral = x25519_public(seed), bytes.fromhex(line["enc"])
    if line["key"] != H(receiver).hex():
        raise Refused("otherKey")
    try:
        agreed = X25519PrivateKey.from_private_bytes(seed).exchange(X25519PublicKey.from_public_bytes(ephemeral))
    except ValueError:  # A point of low order agrees on nothing.
        raise Refused("altered") from None
    return list(frames(Sealing(shared_secret(agreed, ephemeral, receiver), BUNDLE_INFO), header, rest))


def frames(sealing, header, rest):
    messages = 0
    while True:
        head, length = rest[:5], int.from_bytes(rest[1:5], "big")
        if len(head) < 5:
            raise Refused("truncated")
        if head[0] > 1 or not 16 <= length <= FRAME_BYTES + 16:
            raise Refused("altered")
        sealed, rest = rest[5:5 + length], rest[5 + length:]
        if len(sealed) < length:
            raise Refused("truncated")
        try:
            content = sealing.open(sealed, H(header) + head)
        except InvalidTag:
            raise Refused("altered") from None
        if head[0] == 1:
            if content or rest:
                raise Refused("altered")
            return
        messages += 1
        if messages > BUNDLE_MESSAGES:
            raise Refused("tooLarge")
        yield content
