"""What all checks share: the stations, the promotions, the hooks into the server's staff commands."""

from __future__ import annotations

import argparse
import shlex
import subprocess
from typing import Dict, List, Optional

import reference as fe
from report import Report
from schemas import Schemas
from station import Code, Station
from wire import Wire
from writing import Lines, Promotion


class Kit:
    """One run against one server."""

    def __init__(self, options: argparse.Namespace, report: Report):
        self.options, self.report = options, report
        self.schemas = Schemas(report)
        self.wire = Wire(options.url, report, self.schemas)
        self.first = Station(self.wire, report, Code(options.code))
        self.second = Station(self.wire, report, Code(options.second_code))
        self.other: Optional[Station] = None
        self.promotions: Dict[str, Promotion] = {}
        # Lines with odd but valid JSON that were sent and not refused.
        self.good_lines: List[Lines] = []

    @property
    def main(self) -> Promotion:
        """The promotion that most checks use: one whose entries both stations see, if there is one."""
        order = ("all", "batch", "own")
        return min(self.promotions.values(), key=lambda promotion: order.index(promotion.sharing))

    def learn(self) -> None:
        """Takes the newest document of each promotion from what the first station holds."""
        for change in self.first.held.values():
            header = fe.read_header(change.header)
            if header["kind"] != "document" or fe.gone(change.body):
                continue
            promotion = Promotion(fe.read(change.body, fe.DOCUMENT)["document"])
            known = self.promotions.get(promotion.id)
            if known is None or known.version < promotion.version:
                self.promotions[promotion.id] = promotion

    def heads(self, station: Station, promotion: Promotion, entry: str, field: Optional[str] = None) -> int:
        """How many heads a field has at the centre: new ones are added until one is over the limit of 16."""
        probes = station.writer.distinct(promotion, entry, 17, field)
        exceptions = station.push(probes).exceptions
        taken = [probe for probe in probes if probe.id not in exceptions]
        return 16 - len(taken)

    def staff(self, hook: str, **values: str) -> Optional[subprocess.CompletedProcess]:
        """Runs the command of an option such as --revoke; None when it was not given."""
        command: Optional[str] = getattr(self.options, hook)
        if not command:
            return None
        words: List[str] = [word.format(**values) for word in shlex.split(command)]
        return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=120, check=False)

    def same_lines(self, sent: Lines, got: Optional[Lines]) -> bool:
        return got is not None and (sent.header, sent.body) == (got.header, got.body)
