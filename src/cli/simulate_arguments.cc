#include "cli/simulate_arguments.h"

#include <CLI/CLI.hpp>

#include <string>

namespace smyth::cli {
namespace {

constexpr const char* simulate_footer = R"(Examples:
  smyth simulate api --rate 50 --duration lognormal:p50=80ms,p99=900ms --init 450ms --for 7d
  smyth simulate api --rate 400 --duration 120ms --reserved 40 --json
  smyth simulate api --rate 400 --duration 120ms --reserved 20..80/10 --strategy first_warm,round_robin
  smyth simulate api --rate 400 --duration 120ms --find reserved --until 'throttled < 0.1%'
  smyth simulate --replay recorded.smyth)";

}  // namespace

void add_simulate(CLI::App& app, SimulateOptions& options) {
  const auto add = [&app](const char* name, std::string& value, const char* type,
                          const char* meaning) {
    app.add_option(name, value, meaning)->type_name(type);
  };
  app.add_option("NAME", options.functions,
                 "Functions of the configuration, or one of your own (default: all configured)")
      ->type_name("");
  add("--rate", options.rate, "RATE",
      "Calls a second, at random: `50`, `3000/min`, or `api=50,worker=3/min`");
  add("--constant", options.constant, "RATE", "Likewise, at equal distances");
  add("--mmpp", options.mmpp, "STATES",
      "A rate that changes at random: each with its mean stay, `200:10s,5:60s`");
  add("--profile", options.profile, "FILE", "A rate that changes with time: CSV `t,rate`");
  add("--trace", options.trace, "FILE",
      "Recorded calls: CSV or JSON lines, `-` for stdin, or a record of `smyth run --record`");
  app.add_option("--azure2019", options.azure_2019,
                 "A pair of files of the Azure Functions trace 2019: calls a minute, and durations")
      ->type_name("FILE FILE")
      ->expected(2);
  add("--from-logs", options.logs, "FILE", "The calls of the REPORT lines of Lambda's logs");
  add("--replay", options.replay, "FILE",
      "Nothing but: decide again what `smyth run --record FILE` has recorded, and compare");
  app.add_option("--burst", options.bursts, "So many calls at once at a time: `500@10m`")
      ->type_name("N@TIME");
  add("--clients", options.clients, "N",
      "Clients of each function, who call again when they have their answer");
  add("--think", options.think, "LAW", "With --clients: how long they wait before (default: 0s)");
  add("--retries", options.retries, "WORD",
      "Of calls that are throttled: `sdk`, three attempts as AWS's SDKs make, or `none` (default)");
  add("--for", options.length, "LENGTH", "How long: `7d` (default: 1d)");
  add("--duration", options.duration, "LAW",
      "Of a call: `80ms`, `exponential:80ms`, `lognormal:p50=80ms,p99=900ms`, "
      "`gamma:shape=2,mean=80ms`, `file:FILE`");
  add("--init", options.init, "LAW", "Of a cold start, before the call's duration (default: none)");
  add("--cold-duration", options.cold_duration, "LAW",
      "Of a cold call, init and all, instead of --init");
  app.add_option("--measure", options.measure,
                 "Run the configured handlers so often (default: 20), and take the durations and "
                 "inits that they show")
      ->type_name("[N]")
      ->expected(0, 1);
  add("--event", options.event, "FILE|JSON|-",
      "With --measure: the event, a file, JSON, or `-` for stdin (default: {})");
  add("--memory", options.memory, "MIB", "Of the function (default: the configuration's, or 128)");
  add("--arch", options.architecture, "NAME", "x86_64 (default) or arm64: another price");
  add("--timeout", options.timeout, "LENGTH", "Of a call, or `none` (default)");
  add("--errors", options.errors, "SHARE", "Of the calls that fail: `1%`");
  add("--concurrency", options.concurrency, "N",
      "Most environments of each function, or `none` (default)");
  add("--queue-limit", options.queue_limit, "N",
      "With --overflow queue: most calls that wait, or `none` (default)");
  add("--reserved", options.reserved, "N", "Reserved concurrency of each function, or `none`");
  add("--provisioned", options.provisioned, "N",
      "Provisioned concurrency of each function, also by the time of day: `10,50@8h-18h`");
  add("--strategy", options.strategy, "NAME",
      "first_warm (default: what Lambda does), round_robin, lru, newest, oldest, random, or "
      "`module:function`, your own: slow");
  add("--overflow", options.overflow, "WORD", "throttle (default) or queue");
  add("--life", options.life, "PROFILE",
      "How environments end: `aws-2020` (default), `none`, `ttl:600s`, `FILE.toml` of "
      "`smyth calibrate`, or "
      "`function_idle=640s,surplus_idle=1200s,max_life=7200s`");
  app.add_flag(
      "--as-configured", options.as_configured,
      "As the server would: concurrency, queue_limit, overflow, timeout, strategy and life "
      "of the configuration count");
  add("--account", options.account, "N",
      "Concurrency of the account (default: the configuration's, or 1000), or `none`");
  add("--scaling", options.scaling, "N",
      "New environments of a function in 10 s (default: 1000), `none`, or the model of before 2023:"
      " `legacy:3000,500`");
  add("--request-rate", options.request_rate, "N",
      "Requests a second for each of the concurrency (default: 10), or `none`");
  app.add_flag("--compare", options.compare,
               "Compare: what options with several values do by themselves; one value is an error");
  add("--find", options.find, "WORD",
      "Look for the least provisioned, reserved or concurrency that is enough");
  add("--until", options.until, "CONDITIONS",
      "With --find: what is enough, `p99 < 300ms and throttled < 0.1%`");
  add("--seed", options.seed, "N", "Of the random numbers (default: 1)");
  add("--replications", options.replications, "N", "Runs with seeds of their own (default: 1)");
  add("--precision", options.precision, "SHARE",
      "More runs until the intervals of the headlines are so narrow: `1%`");
  add("--threads", options.threads, "N", "For replications (default: all cores)");
  add("--warmup", options.warm_up, "LENGTH",
      "Not in the figures: `200s`, or `auto`, until environments are as many as later on (default: "
      "none)");
  app.add_flag("--analytic", options.analytic,
               "Print the closed form beside the result, or why there is none");
  app.add_flag("--free-tier", options.free_tier, "Take the free tier off the cost");
  app.add_flag("--json", options.json, "Print the findings as JSON");
  add("--calls", options.calls, "FILE", "Write a row of CSV for each call");
  add("--csv", options.series, "FILE", "Write the course over time as CSV");
  add("--timeline", options.timeline, "FILE",
      "Write the lives of the environments for chrome://tracing or Perfetto");
  add("--html", options.html, "FILE", "Write a page with figures and charts");
  add("--explain", options.explain, "N", "Tell why call N was cold, warm or throttled");
  add("--config", options.config, "FILE", "Configuration file (default: the nearest one upwards)");
  app.footer(simulate_footer);
  app.parse_complete_callback([&app, &options] {
    for (const CLI::Option* option : app.get_options()) {
      if (option->count() > 0) options.given.push_back(option->get_name());
    }
    options.is_measured = app.count("--measure") > 0;
  });
}

}  // namespace smyth::cli
