"""SimFaaS at work, for `measure_simulate.py`: prints how many calls it simulates a second."""

import time

from simfaas.ServerlessSimulator import ServerlessSimulator

SECONDS = 100_000

simulator = ServerlessSimulator(arrival_rate=0.9, warm_service_rate=1 / 1.991, cold_service_rate=1 / 1.991,
                                expiration_threshold=600, max_time=SECONDS)
began = time.perf_counter()
simulator.generate_trace(debug_print=False, progress=False)
print(simulator.total_req_count / (time.perf_counter() - began))
