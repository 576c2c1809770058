"""What `smyth simulate` can be asked: functions, traffic and limits, on the command line and in the configuration."""

import re

import pytest

from harness.server import write_files
from harness.simulate import number

CONFIG = """
    [account]
    concurrency = 500
    [handlers.orders]
    handler_path = "app.f"
    memory_size = 512
    concurrency = 3
    overflow = "throttle"
    timeout = 0.5
    [handlers.orders.simulate]
    rate = 20
    duration = "exponential:300ms"
    init = "450ms"
    [handlers.invoices]
    handler_path = "app.f"
    reserved_concurrency = 2
    [handlers.invoices.simulate]
    rate = "60/min"
    duration = 0.2
    memory = 1024
    architecture = "arm64"
    """


@pytest.fixture
def project(tmp_path):
    write_files(tmp_path / "project", {"smyth.toml": CONFIG, "app.py": "def f(event, context): pass\n"})
    return tmp_path / "project"


def test_a_function_of_ones_own_needs_no_configuration(simulate):
    code, output, errors = simulate("api", "--rate", "50", "--duration", "80ms", "--for", "1h")
    assert (code, errors) == (0, "")
    assert output.startswith("api: 128 MiB, duration 80ms\n50 calls/s for 1 h, seed 1\n")
    assert 170_000 < number(output, "calls") < 190_000


def test_without_a_name_all_functions_of_the_configuration_are_simulated(simulate, project):
    code, output, errors = simulate("--for", "1h", cwd=project)
    assert (code, errors) == (0, "")
    assert output.startswith("2 functions\n21 calls/s for 1 h")
    assert "account 500" in output
    assert re.search(r"^orders +7\d,\d+ ", output, re.MULTILINE)
    assert re.search(r"^invoices +3,\d+ ", output, re.MULTILINE)


def test_a_function_of_the_configuration_brings_its_memory_laws_and_limits(simulate, project):
    code, output, _ = simulate("orders", "--for", "1h", cwd=project)
    assert code == 0
    assert output.startswith("orders: 512 MiB, duration exponential:300ms, init 450ms\n20 calls/s")
    assert number(output, "throttled") == 0, "Lambda knows no slots"
    code, output, _ = simulate("invoices", "--rate", "30", "--for", "1h", cwd=project)
    assert "1024 MiB" in output
    assert "function's reserved concurrency" in output or "reserved" in output
    assert number(output, "throttled") > 1_000, "two are reserved"


def test_as_configured_the_servers_own_limits_count(simulate, project):
    code, output, _ = simulate("orders", "--as-configured", "--for", "1h", cwd=project)
    assert code == 0
    assert number(output, "throttled") > 10_000, "three environments are 6 Erlangs too few"
    assert "timeouts" in output
    assert "life: each function's own (given: smyth.toml)" in output
    code, output, _ = simulate("orders", "--as-configured", "--concurrency", "none", "--timeout", "none", "--for", "1h",
                               cwd=project)
    assert number(output, "throttled") == 0
    assert "timeouts" not in output


def test_what_is_typed_wins_over_the_configuration(simulate, project):
    _, output, _ = simulate("orders", "--duration", "10ms", "--memory", "256", "--rate", "orders=1/min", "--for", "10h",
                            cwd=project)
    assert output.startswith("orders: 256 MiB, duration 10ms, init 450ms\n")
    assert 500 < number(output, "calls") < 700


def test_a_rate_may_be_said_for_each_function(simulate, project):
    _, output, _ = simulate("--rate", "orders=2,invoices=1/min", "--for", "1h", cwd=project)
    assert re.search(r"^orders +7,\d+ ", output, re.MULTILINE)
    assert re.search(r"^invoices +\d\d ", output, re.MULTILINE)


def test_a_cold_call_may_be_said_as_a_whole(simulate):
    _, output, _ = simulate("--rate", "1/h", "--duration", "100ms", "--cold-duration", "700ms", "--life", "ttl:1s",
                            "--for", "30d")
    assert re.search(r"^  all +700 ms", output, re.MULTILINE), output


def test_calls_come_at_equal_distances_in_bursts_or_at_changing_rates(simulate):
    _, output, _ = simulate("--constant", "2", "--duration", "10ms", "--for", "1h")
    assert number(output, "calls") == 7_200
    assert number(output, "  busy") == 0.02
    _, output, _ = simulate("--burst", "1500@10m", "--burst", "10@20m", "--duration", "1s", "--for", "1h")
    assert number(output, "calls") == 1_510
    assert number(output, "throttled") == 500
    _, output, _ = simulate("--mmpp", "10:10s,0:10s", "--duration", "10ms", "--for", "10h")
    assert 160_000 < number(output, "calls") < 200_000


def test_calls_wait_where_that_is_asked_for(simulate):
    """Erlang's C formula: of 8 Erlangs on 10 servers, 40.9 % wait."""
    _, output, _ = simulate("--rate", "80", "--duration", "exponential:100ms", "--concurrency", "10", "--overflow", "queue",
                            "--life", "none", "--account", "none", "--for", "1h")
    assert number(output, "throttled") == 0
    assert abs(number(output, "waited") / number(output, "calls") - 0.409) < 0.03


def test_no_more_wait_than_the_queue_limit_says(simulate):
    """Ten at once before two: two run, three wait for 1, 1 and 2 s, five are refused."""
    burst = ["--burst", "10@1s", "--duration", "1s", "--concurrency", "2", "--overflow", "queue", "--for", "1m"]
    _, output, _ = simulate(*burst, "--queue-limit", "3")
    assert "5 queue full" in output
    assert re.search(r"^waited +3  mean of all 800 ms$", output, re.MULTILINE)
    _, output, _ = simulate(*burst, "--queue-limit", "none")
    assert re.search(r"^waited +8  mean of all 2 s$", output, re.MULTILINE), "1, 1, 2, 2, 3, 3, 4 and 4 s"


def test_requests_a_second_are_so_many_for_each_of_the_concurrency(simulate):
    """10 tokens at first and 10 a second: the calls at i/30 s up to 10 s take 10 + floor(10 (10 - 1/30)) = 109."""
    calls = ["--constant", "30", "--duration", "1ms", "--for", "10s"]
    _, output, _ = simulate(*calls, "--account", "2", "--request-rate", "5")
    assert number(output, "calls") == 300
    assert ": 191 request rate\n" in output
    _, output, _ = simulate(*calls, "--reserved", "1", "--request-rate", "5")
    assert ": 246 " in output, "5 + floor(5 (10 - 1/30)) = 54 are served"
    for rate in ("15", "none"):
        _, output, _ = simulate(*calls, "--account", "2", "--request-rate", rate)
        assert number(output, "throttled") == 0


def test_the_free_tier_is_taken_off_the_cost(simulate):
    """2,592,000 calls of 1 GB-second a month; a million of them and 400,000 GB-seconds are free."""
    month = ["--constant", "1", "--duration", "1s", "--memory", "1024", "--for", "30d"]
    _, output, _ = simulate(*month)
    assert "$43.72  in 30 d: requests $0.52, compute $43.20," in output
    _, output, _ = simulate(*month, "--free-tier")
    assert "$36.85  in 30 d: requests $0.32, compute $36.53," in output


def test_clients_call_again_when_they_have_their_answer(simulate):
    """Ten that think 0.9 s and wait 0.1 s for an answer make ten calls a second, however few environments there are."""
    _, output, _ = simulate("--clients", "10", "--think", "900ms", "--duration", "100ms", "--for", "1h")
    assert number(output, "calls") == 10 * 3_600
    assert "10 clients that think 900ms for 1 h" in output
    _, output, _ = simulate("--clients", "10", "--think", "0s", "--duration", "100ms", "--concurrency", "2", "--overflow",
                            "queue", "--for", "1h")
    assert abs(number(output, "calls") - 72_000) < 20, "two environments that are never idle"


def test_clients_that_are_throttled_try_again_where_that_is_asked_for(simulate):
    burst = ["--burst", "1500@10m", "--duration", "1s", "--for", "1h"]
    _, output, _ = simulate(*burst)
    assert (number(output, "calls"), number(output, "throttled")) == (1_500, 500)
    _, output, _ = simulate(*burst, "--retries", "sdk")
    assert number(output, "calls") == 2_500, "nothing is free within the second of the first back-off"
    assert 1_080 < number(output, "throttled") < 1_170, "a quarter of the second back-offs end within it"
    assert re.search(r"^  all .* [23]\.\d+ s\b", output, re.MULTILINE), "latency counts from the first attempt"


def test_concurrency_is_provisioned_by_the_time_of_day(simulate):
    arguments = ["--rate", "1/d", "--duration", "1s", "--life", "ttl:1s", "--for", "4d"]
    _, output, _ = simulate(*arguments, "--provisioned", "5@1h-2h")
    assert "provisioned $0.28" in output
    assert abs(number(output, "environments") - 5 / 24) < 0.01
    _, output, _ = simulate(*arguments, "--provisioned", "1,5@23h-1h")
    assert abs(number(output, "environments") - (22 + 2 * 5) / 24) < 0.01
    _, output, _ = simulate(*arguments, "--provisioned", "none")
    assert number(output, "environments") < 0.01
    _, output, _ = simulate(*arguments, "--provisioned", "700")
    assert number(output, "environments") == 700


def test_recorded_calls_name_their_functions_lengths_and_memory(simulate, project):
    rows = ["0,orders,100,512", "1000,orders,100,512", "1500,other,50,256", "2500,orders,100,512"]
    (project / "calls.csv").write_text("time_ms,function,duration_ms,memory\n" + "\n".join(rows) + "\n")
    code, output, errors = simulate("--trace", "calls.csv", cwd=project)
    assert (code, errors) == (0, "")
    assert "calls of calls.csv for 2.60 s" in output or "calls of calls.csv for 2.50 s" in output
    assert number(output, "calls") == 4
    assert number(output, "cold starts") == 2
    assert re.search(r"^other +1 +1 ", output, re.MULTILINE)
    _, output, _ = simulate("orders", "--trace", "calls.csv", "--for", "1h", cwd=project)
    assert number(output, "calls") == 3, "only the functions that are named"
    assert simulate("invoices", "--trace", "calls.csv", cwd=project) == (
        2, "", "error: nobody calls `invoices` in calls of calls.csv\nhint: `orders` is called there\n")


def test_recorded_calls_come_from_logs_azures_files_and_profiles(simulate, tmp_path):
    (tmp_path / "log.txt").write_text(
        "2026-01-01T00:00:00.000Z\tREPORT RequestId: 5f0f38c4-3d2f-4f0c-8f9a-6a7f1f2d3b4c\tDuration: 100.00 ms\t"
        "Billed Duration: 350 ms\tMemory Size: 256 MB\tMax Memory Used: 60 MB\tInit Duration: 250.00 ms\n")
    code, output, errors = simulate("--from-logs", "log.txt")
    assert (code, errors, number(output, "calls")) == (0, "", 1)
    assert re.search(r"^  all +35[01] ms", output, re.MULTILINE), output
    minutes = ",".join(map(str, range(1, 1441)))
    calls = ",".join(["2"] + ["0"] * 1438 + ["1"])
    (tmp_path / "inv.csv").write_text(f"HashOwner,HashApp,HashFunction,Trigger,{minutes}\no,a,f,http,{calls}\n")
    (tmp_path / "run.csv").write_text("HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum\no,a,f,70,3,70,70\n")
    code, output, errors = simulate("--azure2019", "inv.csv", "run.csv")
    assert (code, errors) == (0, "")
    assert (number(output, "calls"), number(output, "cold starts")) == (3, 2)
    assert "for 1 d" in output
    (tmp_path / "rates.csv").write_text("t,rate\n0,10\n3600,0\n7200,5\n")
    _, output, _ = simulate("--profile", "rates.csv", "--duration", "10ms")
    assert "for 3 h" in output
    assert abs(number(output, "calls") - 54_000) < 1_200


@pytest.mark.parametrize(("columns", "row", "options", "cold", "warm"), [
    ("duration,init,cold_duration", "1,5,3", [], ("0", "3"), "1"),
    ("duration,init,cold_duration", "1,5,", ["--cold-duration", "9s"], ("5", "1"), "1"),
    ("duration,init", "1,", ["--cold-duration", "9s", "--duration", "8s"], ("0", "9"), "1"),
    ("duration,init", "1,", ["--init", "9s"], ("9", "1"), "1"),
    ("duration,end,init,cold", "1,@4,5,0", [], ("5", "4"), "4"),
    ("duration,end,cold_duration,init,cold", "1,@4,3,5,1", [], ("0", "4"), "1"),
])
def test_of_several_lengths_in_a_row_one_wins(simulate, tmp_path, columns, row, options, cold, warm):
    """docs/traffic.md, "Rows of calls"."""
    rows = [f"{at},{row.replace('@4', str(at + 4))}\n" for at in (0, 100)]
    (tmp_path / "calls.csv").write_text(f"time,{columns}\n{''.join(rows)}")
    code, _, errors = simulate("--trace", "calls.csv", *options, "--calls", "out.csv")
    assert (code, errors) == (0, "")
    played = [line.split(",") for line in (tmp_path / "out.csv").read_text().splitlines()[1:]]
    assert [call[5] for call in played] == ["1", "0"]
    assert (*played[0][8:10], played[1][9]) == (*cold, warm)


@pytest.mark.parametrize(("calls", "arguments", "message"), [
    ("", [], "error: there are no calls of calls.csv\n"),
    ("", ["api", "--duration", "1s"], "error: there are no calls of calls.csv\n"),
    ("5,1\n", ["--for", "4s"], "error: nobody calls within 4 s in calls of calls.csv\nhint: make `--for` longer\n"),
    ("5,1\n", ["api", "--for", "4s"],
     "error: nobody calls `api` within 4 s in calls of calls.csv\nhint: make `--for` longer\n"),
    ("0,1\n5,1\n", ["--warmup", "6s"], "error: `--warmup` is as long as all of the simulation\nhint: make it shorter\n"),
    ("0,1\n5,1\n", ["--warmup", "1h"], "error: `--warmup` is as long as all of the simulation\nhint: make it shorter\n"),
])
def test_a_record_of_which_nothing_is_simulated_is_an_error(simulate, tmp_path, calls, arguments, message):
    (tmp_path / "calls.csv").write_text("time,duration\n" + calls)
    assert simulate(*arguments, "--trace", "calls.csv") == (2, "", message)


def test_a_record_may_be_a_single_moment(simulate, tmp_path):
    (tmp_path / "calls.csv").write_text("time,duration\n0,0\n")
    code, output, _ = simulate("--trace", "calls.csv")
    assert (code, number(output, "calls")) == (0, 1)


def test_a_day_without_calls_is_an_error(simulate, tmp_path):
    (tmp_path / "inv.csv").write_text("HashOwner,HashApp,HashFunction,Trigger,1,2\no,a,f,http,0,0\n")
    (tmp_path / "run.csv").write_text("HashOwner,HashApp,HashFunction,Average\no,a,f,70\n")
    assert simulate("--azure2019", "inv.csv", "run.csv") == (2, "", "error: there are no calls of inv.csv\n")


def test_recorded_calls_that_nobody_says_the_length_of_are_an_error(simulate, tmp_path):
    (tmp_path / "calls.csv").write_text("time,function,duration\n0,a,1\n1,b,\n")
    assert simulate("--trace", "calls.csv") == (
        2, "", "error: nothing says how long the call of `b` at 1 s takes (calls of calls.csv)\n"
        "hint: add `--duration 80ms`, or a column `duration` or `end`\n")
    code, output, _ = simulate("--trace", "calls.csv", "--duration", "5s")
    assert (code, number(output, "calls")) == (0, 2)


def test_states_that_last_long_and_hardly_call_end_with_the_simulation(simulate):
    code, output, _ = simulate("--mmpp", "5:1ns,0:300d", "--duration", "1s", "--for", "1h")
    assert (code, number(output, "calls")) == (0, 0)


def test_a_record_that_is_damaged_is_an_error_with_its_place(simulate, tmp_path):
    (tmp_path / "calls.csv").write_text("time,duration_ms\n1,5\n2,many\n")
    code, output, errors = simulate("--trace", "calls.csv")
    assert (code, output) == (2, "")
    assert errors.startswith("error: calls.csv:3:3: ") or "calls.csv:3" in errors
    assert simulate("--trace", "absent.csv")[0] == 2
    assert simulate("--profile", "absent.csv", "--duration", "1s")[0] == 2
    assert simulate("--azure2019", "absent.csv", "absent.csv")[0] == 2


@pytest.mark.parametrize(("arguments", "message"), [
    (["--think", "1s"], "error: `--think` is of clients\nhint: add `--clients 10`\n"),
    (["--provisioned", "5@8h"], "error: `5@8h` is no schedule for --provisioned\n"
     "hint: write `50`, or `50@8h-18h` from 8:00 until 18:00 of every day, or `10,50@8h-18h`\n"),
    (["--provisioned", "5@8h-8h"], "error: `5@8h-8h` is no schedule for --provisioned\n"
     "hint: write `50`, or `50@8h-18h` from 8:00 until 18:00 of every day, or `10,50@8h-18h`\n"),
    (["--retries", "skd"], "error: `skd` is no value of --retries\nhint: did you mean `sdk`?\n"),
    (["--timeout", "0s"], "error: `--timeout` is no time at all\nhint: write `--timeout 3s`, or `none`\n"),
    (["--init", "file:absent"], "error: cannot read `absent` for --init: No such file or directory\nhint: name a text file\n"),
    (["--init", "file:."], "error: cannot read `.` for --init: Is a directory\nhint: name a text file\n"),
    (["--life", "absent.toml"], "error: cannot read the profile absent.toml: No such file or directory\n"),
    (["--trace", "x.csv"], "error: `--rate` and `--trace` both say what the traffic is\nhint: keep one of them\n"),
])
def test_more_that_cannot_be_asked(simulate, arguments, message):
    assert simulate("--rate", "1", "--duration", "1s", *arguments) == (2, "", message)


@pytest.mark.parametrize(("arguments", "message"), [
    (["order"], "error: unknown function `order` ({file})\nhint: did you mean `orders`?\n"),
    (["api", "--rate", "5", "--duration", "1s"],
     "error: unknown function `api` ({file})\nhint: configured are `orders`, `invoices`\n"),
    (["--rate", "orders=5,invoice=2"],
     "error: `--rate` names the function `invoice`, which is not simulated\nhint: did you mean `invoices`?\n"),
    (["--rate", "orders="], "error: `--rate` says nothing of the function `orders`\nhint: write `orders=50`\n"),
    (["--rate", "orders=5,orders=6"], "error: `--rate` names the function `orders` twice\nhint: keep one of them\n"),
    (["--rate", "5", "--constant", "5"],
     "error: `--rate` and `--constant` both say what the traffic is\nhint: keep one of them\n"),
    (["--mmpp", "5"], "error: `5` for --mmpp has no stay\n"
                      "hint: write rates, each with its mean stay: `200:10s,5:60s`\n"),
    (["--mmpp", "5:1s"], "error: `5:1s` for --mmpp is no process that changes its rate\n"
                         "hint: write from 2 to 1000 rates, not all of them zero, each with its mean stay, together 1 ms or more: "
                         "`200:10s,5:60s`\n"),
    (["--mmpp", "0:1s,0:1s"], "error: `0:1s,0:1s` for --mmpp is no process that changes its rate\n"
                              "hint: write from 2 to 1000 rates, not all of them zero, each with its mean stay, together "
                              "1 ms or more: `200:10s,5:60s`\n"),
    (["--scaling", "legacy:"], "error: `legacy:` is no value of --scaling\nhint: write `legacy:3000,500`\n"),
    (["--burst", "many"], "error: `many` is no burst for --burst\nhint: write how many calls, and when: `500@10m`\n"),
    (["--burst", "5@2d", "--for", "1d"], "error: `--burst 5@2d` is after the end\nhint: make `--for` longer\n"),
    (["--init", "1s", "--cold-duration", "2s"],
     "error: --cold-duration and --init both say how long a cold call takes\n"
     "hint: keep one: a cold call takes `init` and then its duration, or `cold_duration`\n"),
    (["--provisioned", "5", "--reserved", "3"],
     "error: function `orders` provisions 5, but reserves only 3\n"
     "hint: what is provisioned is a part of what is reserved: reserve more\n"),
    (["--for", "0s"], "error: `--for` is no time at all\nhint: write `--for 1d`\n"),
])
def test_what_cannot_be_simulated_is_an_error_with_a_hint(simulate, project, arguments, message):
    code, output, errors = simulate(*arguments, cwd=project)
    assert (code, output) == (2, "")
    assert errors == message.format(file=project / "smyth.toml")


@pytest.mark.parametrize(("table", "message"), [
    ('rate = "many"\nduration = 1', "error: `many` is no rate for `rate` of function `f` ({file}:4)\n"
     "hint: write calls a second, `50`, or `3000/min`, `10/h`, `1000000/d`\n"),
    ('rate = 1\nduration = "80 mss"', "error: `80 mss` is no law of lengths for `duration` of function `f` ({file}:5)\n"
     "hint: write `80ms`, `exponential:80ms`, `lognormal:p50=80ms,p99=900ms`, `gamma:shape=2,mean=80ms` or `file:FILE`\n"),
    ("duration = 1", "error: function `f` has no rate\nhint: write `rate` into its table `simulate`, add `--rate f=50`, "
     "or name the functions that you mean\n"),
    ("rate = 1", "error: nothing says how long the calls of `f` take\n"
     "hint: write `duration` into its table `simulate`, or add `--duration 80ms`\n"),
    ("rate = 1\nduraton = 1", "error: unknown setting `duraton` of function `f` simulated ({file}:5)\n"
     "hint: did you mean `duration`?\n"),
    ('architecture = "arm"', "error: `architecture` of function `f` simulated must be `x86_64` or `arm64`, not `arm` "
     "({file}:4)\nhint: did you mean `arm64`?\n"),
])
def test_what_the_configuration_says_wrong_has_its_line(simulate, tmp_path, table, message):
    (tmp_path / "smyth.toml").write_text(f'[handlers.f]\nhandler_path = "m.f"\n[handlers.f.simulate]\n{table}\n')
    code, output, errors = simulate(cwd=tmp_path)
    assert (code, output) == (2, "")
    assert errors == message.format(file=tmp_path / "smyth.toml")


def test_without_traffic_or_configuration_it_says_what_to_add(simulate):
    assert simulate("api", "--duration", "1s") == (2, "", "error: no traffic is said\nhint: add `--rate 50`: calls a second\n")
    assert simulate("api", "worker", "--rate", "api=5", "--duration", "1s") == (
        2, "", "error: function `worker` has no rate\nhint: write `--rate api=5,worker=50`\n")
    assert simulate("api", "--rate", "1") == (
        2, "", "error: nothing says how long the calls of `api` take\nhint: add `--duration 80ms`\n")
    assert simulate("--as-configured", "--rate", "1") == (
        2, "", "error: `--as-configured`, but there is no configuration\nhint: name it with `--config`\n")


def test_the_rate_of_before_2023_is_told_as_what_it_is(simulate):
    _, output, _ = simulate("--rate", "5", "--duration", "1s", "--for", "1m", "--scaling", "legacy:3000,500")
    assert "account 1000, a burst of 3000 new environments and 500 more a minute," in output


def test_without_an_account_reserved_concurrency_has_no_rate_unless_one_is_given(simulate):
    asked = ("api", "--rate", "100", "--duration", "exponential:50ms", "--reserved", "6", "--life", "none",
             "--scaling", "none", "--for", "1000s", "--account", "none")
    _, output, _ = simulate(*asked, "--analytic")
    assert "limits: none (given)" in output and "request rate" not in output
    assert re.search(r"^throttled +19\.2 % +19\.\d %", output, re.MULTILINE)  # Erlang B of 6 at a load of 5.
    _, output, _ = simulate(*asked, "--request-rate", "10")
    assert "limits: no account, 10 requests/s for each reserved (given)" in output
    assert "request rate (reserved)" in output
