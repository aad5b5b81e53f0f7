"""What was found, by the numbers of the requirements in Protocol/README.md."""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import Callable, Dict, List, TextIO

PROTOCOL = Path(__file__).resolve().parent.parent
NUMBER = re.compile(r"\*\*((?:FN|[A-Z])[0-9]+)\*\*")


def requirements(readme: Path = PROTOCOL / "README.md") -> List[str]:
    """The numbers of all requirements, in the order in which the specification gives them."""
    return list(dict.fromkeys(NUMBER.findall(readme.read_text(encoding="utf-8"))))


class Report:
    """Collects what each check proved. A requirement is met when at least one check of it passed and none failed."""

    def __init__(self, known: List[str]):
        self.known = known
        self.passed: Dict[str, int] = {}
        self.failures: Dict[str, List[str]] = {}
        self.reasons: Dict[str, str] = {}

    def expect(self, number: str, holds: bool, claim: str) -> bool:
        """Notes whether a claim about the server holds; the claim's text is told when it does not."""
        if holds:
            self.passed[number] = self.passed.get(number, 0) + 1
        elif claim not in self.failures.setdefault(number, []):
            self.failures[number].append(claim)
        return holds

    def fail(self, number: str, text: str) -> None:
        self.expect(number, False, text)

    def untestable(self, number: str, reason: str) -> None:
        """Says why nothing can be found out; counts only when no check of the requirement ran. The first reason stays."""
        self.reasons.setdefault(number, reason)

    def run(self, check: Callable[[], None], name: str, numbers: str) -> None:
        """Runs one group of checks. If it breaks off, the requirements that it is there for have failed."""
        try:
            check()
        except Exception as error:  # Whatever a server answers, the other groups still run.
            where = traceback.extract_tb(error.__traceback__)[-1]
            for number in numbers.split():
                place = f"{Path(where.filename).name}:{where.lineno}"
                self.fail(number, f"the checks of {name} broke off: {type(error).__name__} {error} ({place})")

    def line(self, name: str) -> str:
        if name in self.failures:
            return f"{name} FAILED: " + "; ".join(self.failures[name])
        if name in self.passed:
            return f"{name} ok"
        return f"{name} not testable from outside: " + self.reasons.get(name, "no check of this kit reached it")

    def print(self, out: TextIO) -> bool:
        """Prints a line per requirement, then per other claim, then the sums.

        :return: Whether nothing failed.
        """
        others = sorted({*self.passed, *self.failures, *self.reasons} - set(self.known))
        for name in [*self.known, *others]:
            print(self.line(name), file=out)
        names = [*self.known, *others]
        failed = [name for name in names if name in self.failures]
        met = [name for name in names if name in self.passed and name not in self.failures]
        print(f"{len(met)} ok, {len(failed)} failed, {len(names) - len(met) - len(failed)} not testable from outside; "
              f"{sum(self.passed.values())} claims held", file=out)
        return not failed
