"""Real traffic against Protocol/schemas and Protocol/openapi.json, when the `jsonschema` package is there."""

from __future__ import annotations

import json
from typing import Dict, Optional, Set

from report import PROTOCOL, Report

try:
    import jsonschema
except ImportError:  # The kit itself needs the standard library and `cryptography` only.
    jsonschema = None

FOLDER = PROTOCOL / "schemas"
NAME = "schemas"


class Schemas:
    """Validates each line by the schema of its name, and each exchange by the OpenAPI file."""

    def __init__(self, report: Report):
        self.report = report
        self.checked: Dict[str, int] = {}
        self.validators: Dict[str, object] = {}
        self.changes: Set[str] = set()
        self.openapi = json.loads((PROTOCOL / "openapi.json").read_text(encoding="utf-8"))
        if jsonschema is None:
            report.untestable(NAME, "the Python package jsonschema is not there, so no traffic was validated against Protocol/schemas")
            return
        store = {file.as_uri(): json.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.json"))}
        for uri, schema in store.items():
            jsonschema.Draft202012Validator.check_schema(schema)
            resolver = jsonschema.RefResolver(uri, schema, store=dict(store))
            self.validators[uri.rsplit("/", 1)[1][:-5]] = jsonschema.Draft202012Validator(schema, resolver=resolver)

    def fault(self, name: str, value: object) -> Optional[str]:
        """What the schema says against a value, without the value itself; None when it fits or there is nothing to check it with."""
        if jsonschema is None:
            return None
        self.checked[name] = self.checked.get(name, 0) + 1
        error = next(iter(sorted(self.validators[name].iter_errors(value), key=lambda error: list(map(str, error.path)))), None)
        return None if error is None else f"{name}.json at /{'/'.join(map(str, error.path))}: {error.validator}"

    def check(self, name: str, value: object) -> None:
        fault = self.fault(name, value)
        if jsonschema is not None:
            self.report.expect(NAME, fault is None, fault or "")

    def is_new(self, change: str) -> bool:
        """Whether a change's lines are still to be looked at; the same lines come again and again."""
        if change in self.changes:
            return False
        self.changes.add(change)
        return True

    def check_exchange(self, method: str, path: str, status: int, media_type: str) -> None:
        """Whether the OpenAPI file has the answer; addresses and methods that it does not have are none of its business."""
        operation = self.openapi["paths"].get(path, {}).get(method.lower())
        if operation is None:
            return
        answer = operation["responses"].get(str(status))
        if not self.report.expect("openapi", answer is not None, f"{method} {path} answers {status}, which openapi.json does not have"):
            return
        while "$ref" in answer:
            answer = self.openapi["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
        self.report.expect("openapi", media_type in answer.get("content", {media_type: {}}), f"{method} {path} {status}: {media_type}")
