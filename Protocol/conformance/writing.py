"""Makes changes of every kind, for whatever form a promotion has."""

from __future__ import annotations

import os
import time
import uuid
from typing import Any, Dict, Iterable, Optional, Sequence

import reference as fe

OPERATOR = "op-c04f02a9ce00"
# A normal form for each kind of field; nothing here is anybody's.
SAMPLES: Dict[str, Any] = {
    "text": "Blue cooler", "personName": "Sandra", "street": "7801 Oak Boulevard", "unit": "Apt 2", "city": "Martin", "region": "KY",
    "postalCode": "41649", "email": "sandra@example.org", "phone": "+15424120990", "date": "2026-06-24", "birthDate": "1967-02-28",
    "integer": 3, "flag": True,
}
FREE_TEXT = ("text", "personName", "street", "unit", "city")


def now() -> int:
    return time.time_ns() // 1_000_000


def new_id() -> str:
    """A UUIDv7."""
    chance = int.from_bytes(os.urandom(10), "big")
    return str(uuid.UUID(int=now() << 80 | 7 << 76 | (chance >> 68) << 64 | 2 << 62 | chance & (1 << 62) - 1))


class Promotion:
    """A promotion's newest document, as far as a kit that fills its form needs it."""

    def __init__(self, document: Dict[str, Any]):
        self.document = document
        self.id: str = document["id"]
        self.version: int = document["version"]
        self.form = f"{self.id}/{self.version}"
        self.sharing: str = document["sharing"]
        self.fields = [field for field in document["form"]["fields"] if not field.get("retired")]
        free = [field["id"] for field in self.fields if field["kind"] in FREE_TEXT] + [field["id"] for field in self.fields]
        # Two fields that take many values; the same one twice where the form has no two.
        self.field: str = free[0]
        self.other_field: str = next((id for id in free if id != free[0]), free[0])

    def values(self, channel: str = "kiosk", **more: Any) -> Dict[str, Any]:
        """A whole card: every field, and the channel."""
        return {**{field["id"]: self._sample(field) for field in self.fields}, "$channel": channel, **more}

    def card(self, batch: str, envelope: int, card: int = 1) -> Dict[str, Any]:
        """A whole card that lies in a batch."""
        return self.values("mailIn", **{"$batch": batch, "$envelope": envelope, "$card": card})

    @staticmethod
    def _sample(field: Dict[str, Any]) -> Any:
        if field["kind"] == "choice":
            return field["choices"][0]["value"]
        if field["kind"] == "consent":
            return {"value": True, "wording": f"{field['wording']['id']}/{field['wording']['version']}"}
        return SAMPLES[field["kind"]]


class Lines:
    """A change as two lines, whether or not they can be read."""

    def __init__(self, header: bytes, body: bytes):
        self.header, self.body = header, body
        self.id = fe.change_id(header, body).hex()

    @property
    def entry(self) -> str:
        return fe.read(self.header)["entry"]

    def sets(self, field: str) -> bool:
        return field in fe.read(self.body).get("set", {})


class Writer:
    """Writes changes in the name of one station."""

    def __init__(self, station: str):
        self.station = station

    def header(self, form: str, kind: str = "set", entry: Optional[str] = None, batch: Optional[str] = None, **more: Any) -> bytes:
        subject = {"batch": batch} if batch else {"entry": entry} if entry else {}
        return fe.write({
            "v": 1, "station": self.station, "operator": OPERATOR, "stamp": now(), "skew": 0, "kind": kind, "form": form,
            **subject, **more})

    def change(
        self, promotion: Promotion, values: Optional[Dict[str, Any]] = None, entry: Optional[str] = None, batch: Optional[str] = None,
        kind: str = "set", base: Iterable[Lines] = (), form: Optional[str] = None, **more: Any
    ) -> Lines:
        """One change; a new entry unless `entry` or `batch` says otherwise. The base names what each of `base` set of the same fields."""
        subject = {"batch": batch} if batch else {"entry": entry or new_id()}
        parts: Dict[str, Any] = {"salt": os.urandom(16).hex()}
        if values is not None:
            parts["set"] = values
        named = {old.id: [field for field in values or {} if old.sets(field)] for old in base}
        if named:
            parts["base"] = named
        return Lines(self.header(form or promotion.form, kind, **subject), fe.write({**parts, **more}))

    def distinct(self, promotion: Promotion, entry: str, count: int, field: Optional[str] = None) -> Sequence[Lines]:
        """Changes that each give one field another value and know of no head: each adds one head."""
        return [
            self.change(promotion, {field or promotion.field: f"Value {os.urandom(6).hex()}"}, entry) for _ in range(count)]
