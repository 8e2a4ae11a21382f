"""What a run was measured on."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def cores() -> int:
    return len(os.sched_getaffinity(0))


def machine_facts() -> dict[str, str]:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return {
        "machine": f"{_processor()}, {cores()} cores, {platform.system()}, CPython {platform.python_version()}",
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; load before the run {load} (1, 5, 15 minutes)",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
