"""One process of several that count together: tries on a Redis, as many as it is told.

Run as `python -m tests.api.counting_process URL MOST`; it takes a try for each line that it reads,
and writes how long the next one would have to wait.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from api.tries import Counts, Tries
from desk.secrets import Keys


def main() -> None:
    url, most = sys.argv[1:]
    counts = Counts(Keys(b"k" * 32), lambda: datetime.now(UTC), url)
    tries = Tries(counts, "request", int(most))
    for line in sys.stdin:
        print(tries.take(line.strip()), flush=True)


if __name__ == "__main__":
    main()
