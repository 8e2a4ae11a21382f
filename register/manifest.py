"""What stands beside an exported file: how it was made, and the digest that proves it whole."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from register.export import Written
from register.selection import EVERYTHING, Selection

FORMAT_VERSION = "2026.2"
"""Of the columns and of how cells are written; raised when either changes."""
SUFFIX = ".manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    file: str
    format: str
    written: Written
    head: tuple[int, str]
    """(seq, digest) of the register's last entry that the file knows of."""
    selection: Selection = EVERYTHING
    with_personal_data: bool = False
    more: Mapping[str, object] = field(default_factory=dict)
    """Of one format alone; it comes first."""

    def as_bytes(self) -> bytes:
        """JSON without any instant of the run: the same export gives the same manifest."""
        seq, digest = self.head
        told = {
            **self.more,
            "file": self.file,
            "format": self.format,
            "format_version": FORMAT_VERSION,
            "rows": self.written.rows,
            "sha256": self.written.sha256,
            **self.selection.as_json(),
            "personal_data": "shown" if self.with_personal_data else "masked",
            "register": {"seq": seq, "digest": digest},
        }
        return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()
