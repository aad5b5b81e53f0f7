"""Cases of bundle files: what a receiver with the key gets out of them, and what it has to refuse."""

import cases_wire
import reference as fe
import world

CENTRE_SEED, STATION_SEED, OTHER_SEED = bytes([11] * 32), bytes([12] * 32), bytes([13] * 32)
EPHEMERAL = bytes([14] * 32)


def messages(*names):
    found = cases_wire.sealed()
    return [found[name][3] for name in names]


def to_centre():
    return fe.bundle(world.VAULT, "central", world.agreement(11), EPHEMERAL, messages("push", "pull"))


def header_of(file):
    return file[:file.index(b"\n")]


def files():
    return {"bundles": whole() + broken()}


def examples():
    return {"bundle": header_of(to_centre()).decode()}


def whole():
    cases = []
    for name, to, seed, names in (
        ("a push and a pull, to the centre", "central", CENTRE_SEED, ("push", "pull")),
        ("the answers, to the station", world.KIOSK, STATION_SEED, ("push-answer", "pull-answer")),
        ("what was unconfirmed goes along", "central", CENTRE_SEED, ("push", "handback", "pull")),
        ("no message", "central", CENTRE_SEED, ()),
    ):
        receiver, content = fe.x25519_public(seed), messages(*names)
        file = fe.bundle(world.VAULT, to, receiver, EPHEMERAL, content)
        assert fe.read_bundle(file, seed) == content
        agreed = fe.X25519PrivateKey.from_private_bytes(EPHEMERAL).exchange(fe.X25519PublicKey.from_public_bytes(receiver))
        cases.append({
            "name": name, "vault": world.VAULT, "to": to, "receiverSeed": seed.hex(), "receiverKey": receiver.hex(),
            "ephemeralSeed": EPHEMERAL.hex(), "messages": [message.decode() for message in content], "expected": {
                "header": header_of(file).decode(), "sharedSecret": fe.shared_secret(agreed, fe.x25519_public(EPHEMERAL), receiver).hex(),
                "file": file.hex()}})
    return cases


def broken():
    file, seed = to_centre(), CENTRE_SEED
    header = header_of(file)
    start = len(header) + 1
    first = start + 5 + int.from_bytes(file[start + 1:start + 5], "big")
    end = first + 5 + int.from_bytes(file[first + 1:first + 5], "big")

    def changed(at, bit=1):
        return file[:at] + bytes([file[at] ^ bit]) + file[at + 1:]

    def swapped(old, new):
        assert old in header, old
        return header.replace(old, new) + file[len(header):]

    other = fe.bundle(world.VAULT, "central", world.agreement(11), bytes([15] * 32), messages("push"))
    return [{"name": name, "receiverSeed": key.hex(), "file": broken_file.hex(), "mustFail": reason} for name, key, broken_file, reason in (
        ("an empty file", seed, b"", "notABundle"),
        ("a text", seed, b"Dear centre,\nhere are the cards.\n", "notABundle"),
        ("a message without its file", seed, messages("push")[0], "notABundle"),
        ("a first line without end", seed, b"{" + b" " * 5000, "notABundle"),
        ("a first line that is cut", seed, header[:60], "notABundle"),
        ("a bundle of version 2", seed, swapped(b'"v":1', b'"v":2'), "unsupportedVersion"),
        ("sealed to another key", OTHER_SEED, file, "otherKey"),
        ("the first line alone", seed, file[:start], "truncated"),
        ("cut within the head of a frame", seed, file[:start + 3], "truncated"),
        ("cut within the first message", seed, file[:start + 500], "truncated"),
        ("cut between two messages", seed, file[:first], "truncated"),
        ("cut before the last frame", seed, file[:end], "truncated"),
        ("cut within the last frame", seed, file[:-1], "truncated"),
        ("something behind the last frame", seed, file + b"\0", "altered"),
        ("a byte of a message changed", seed, changed(start + 100), "altered"),
        ("a byte of a tag changed", seed, changed(first - 1), "altered"),
        ("a frame that says it is the last", seed, changed(start), "altered"),
        ("a frame of another kind", seed, changed(start, 2), "altered"),
        ("a frame that is too long", seed, changed(start + 1, 128), "altered"),
        ("a frame that is too short", seed, file[:start] + bytes([0, 0, 0, 0, 15]) + file[start + 5:], "altered"),
        ("a message left out", seed, file[:start] + file[first:], "altered"),
        ("a message twice", seed, file[:first] + file[start:], "altered"),
        ("the messages the other way round", seed, file[:start] + file[first:end] + file[start:first] + file[end:], "altered"),
        ("the last frame of another bundle", seed, file[:end] + other[-21:], "altered"),
        ("another client's name in the first line", seed, swapped(world.VAULT.encode(), b"harborline"), "altered"),
        ("another receiver in the first line", seed, swapped(b'"central"', f'"{world.KIOSK}"'.encode()), "altered"),
        ("a blank more in the first line", seed, swapped(b'"v":1,', b'"v":1, '), "altered"),
        ("an encapsulated key on which nobody can agree", seed, swapped(fe.x25519_public(EPHEMERAL).hex().encode(), b"00" * 32), "altered"),
    ) if refuses(broken_file, key, reason, name)]


def refuses(file, seed, reason, name):
    try:
        fe.read_bundle(file, seed)
    except fe.Refused as refused:
        assert refused.reason == reason, (name, refused.reason)
        return True
    raise AssertionError(f"not refused: {name}")
