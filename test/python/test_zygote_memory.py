"""What a further environment costs in memory: environments share what the zygote has made."""

import sys
import unittest
from pathlib import Path

from environment_server import EnvironmentTest

# KiB, by CPython's minor version: 5 to 10 % above what is measured, and as much below what it is without
# the rehearsal. Later versions fork by os.fork(), which touches more.
FURTHER_KIB_MAX = {9: 1820, 10: 1900, 11: 1740, 12: 1460, 13: 1620}
FURTHER_KIB_MAX_OF_OTHERS = 2048


def pss_kib(pid):
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise AssertionError("no Pss line")


class Memory(EnvironmentTest):
    def test_a_further_warm_environment(self):
        sums, pids = [], [self.zygote.process.pid]
        for _ in range(12):
            environment = self.environment("def handler(event, context): return 'hello'")
            self.assertEqual(environment.result({}), "hello")
            pids.append(environment.pid)
            sums.append(sum(map(pss_kib, pids)))
        limit = FURTHER_KIB_MAX.get(sys.version_info[1], FURTHER_KIB_MAX_OF_OTHERS)
        self.assertLess((sums[-1] - sums[3]) / 8, limit)


if __name__ == "__main__":
    unittest.main()
