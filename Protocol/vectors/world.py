"""The stations, keys and changes that the cases and the README's examples are made of; all fixed."""

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import reference as fe

VAULT = "brightfizz"
PROMOTION = "summer-splash"
FORM = "summer-splash/1"
NOON = 1_790_078_400_000  # 2026-09-22 12:00 UTC
KIOSK = "01a0c8a4-5c00-7a11-8f00-0000000000a1"
DESK = "01a0c8a4-5c00-7a11-8f00-0000000000b2"
EPOCH = "01a0c8a4-6000-7e00-9000-0000000000e1"
EPOCH_BEFORE = "01a0c8a4-5d00-7e00-9000-0000000000e0"
ENTRY = "01a0c8a5-0000-7c00-a000-000000000001"
OPERATOR = "op-5b1f0c9d2e7a"
VERIFIER = "op-c3d29e0b7f41"

CENTRE_KEY = fe.Key(bytes([1] * 32))
STATION_KEY = fe.Key(bytes([2] * 32))
OTHER_KEY = fe.Key(bytes([3] * 32))
LINE_MAC_KEY = bytes([4] * 32)
SECRET = bytes(range(16))
FINGERPRINT = fe.H(CENTRE_KEY.public)


def agreement(seed):
    return X25519PrivateKey.from_private_bytes(bytes([seed] * 32)).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def header(kind="set", station=KIOSK, stamp=NOON, skew=0, form=FORM, entry=ENTRY, batch=None, target=None, operator=OPERATOR):
    line = {"v": 1, "station": station, "operator": operator, "stamp": stamp, "skew": skew, "kind": kind, "form": form}
    if batch:
        line["batch"] = batch
    elif entry:
        line["entry"] = entry
    if target:
        line["target"] = target
    return fe.write(line)


def body(salt=1, **parts):
    """Parts by name; only those that are given are written."""
    return fe.write({"salt": f"{salt:032x}", **parts})


def change(kind="set", salt=1, parts=None, **header_parts):
    return fe.Change(header(kind, **header_parts), body(salt, **(parts or {})))


def capture(values, salt=1, **header_parts):
    return change("set", salt, {"set": values}, **header_parts)


def edit(values, replaces, salt=2, kind="set", more=None, **header_parts):
    """A change whose base names, for each field it sets, those of the changes that set it."""
    base = {}
    for old in replaces:
        fields = [field for field in values if field in old.sets()]
        if fields:
            base[old.id] = fields
    parts = {"set": values, **({"base": base} if base else {}), **(more or {})}
    return change(kind, salt, parts, **header_parts)
