"""What a further environment costs in memory: environments share what the zygote has made."""

import unittest
from pathlib import Path

from environment_server import EnvironmentTest

FURTHER_KIB_MAX = 2048


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
        self.assertLess((sums[-1] - sums[3]) / 8, FURTHER_KIB_MAX)


if __name__ == "__main__":
    unittest.main()
