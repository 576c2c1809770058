#include "cli/simulate_traffic.h"

#include "base/nearest.h"
#include "cli/simulate_functions.h"
#include "simulate/open_record.h"
#include "simulate/recorded_calls.h"
#include "simulate/words.h"
#include "traffic/readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace smyth::cli {
namespace {

using simulate::Question;

// The options that each say all of the traffic but for bursts.
struct Source {
  const char* option;
  const std::string* text;
};

std::vector<Source> sources_of(const SimulateOptions& options) {
  std::vector<Source> given;
  for (const Source& source : {Source{"--rate", &options.rate},
                               {"--constant", &options.constant},
                               {"--mmpp", &options.mmpp},
                               {"--profile", &options.profile},
                               {"--trace", &options.trace},
                               {"--from-logs", &options.logs}}) {
    if (!source.text->empty()) given.push_back(source);
  }
  if (!options.azure_2019.empty()) given.push_back({"--azure2019", &options.azure_2019.front()});
  return given;
}

// Of `50`, or of `api=50,worker=3/min` that of the function.
std::string part_of(const std::string& text, const std::string& function) {
  if (text.find('=') == text.npos) return text;
  for (const auto& [name, value] : simulate::parts_of(text)) {
    if (name == function) return std::string(value);
  }
  return {};
}

void check_names(const std::string& text, const char* option, const Question& question,
                 SimulateReader& reader) {
  if (text.find('=') == text.npos) return;
  std::vector<std::string_view> known;
  known.reserve(question.functions.size());
  for (const simulate::Function& function : question.functions) known.push_back(function.name);
  const auto parts = simulate::parts_of(text);
  for (const auto& [name, value] : parts) {
    if (std::ranges::find(known, name) == known.end()) {
      const std::string_view near = nearest(name, known);
      reader.misused(
          fmt::format("`{}` names the function `{}`, which is not simulated", option, name),
          near.empty() ? fmt::format("simulated are `{}`", fmt::join(known, "`, `"))
                       : fmt::format("did you mean `{}`?", near));
    } else if (value.empty()) {
      reader.misused(fmt::format("`{}` says nothing of the function `{}`", option, name),
                     fmt::format("write `{}=50`", name));
    } else if (std::ranges::count(parts, name, &simulate::Part::first) > 1) {
      reader.misused(fmt::format("`{}` names the function `{}` twice", option, name),
                     "keep one of them");
    }
  }
}

// `said` is the option's text, which may have rates of others.
void note_no_rate(const simulate::Function& function, const config::Function* configured,
                  const char* option, const std::string& said, SimulateReader& reader) {
  if (!configured && said.empty()) {
    return reader.misused("no traffic is said", "add `--rate 50`: calls a second");
  }
  reader.misused(fmt::format("function `{}` has no rate", function.name),
                 configured
                     ? fmt::format("write `rate` into its table `simulate`, add `--rate {}=50`, or "
                                   "name the functions that you mean",
                                   function.name)
                     : fmt::format("write `{} {},{}=50`", option, said, function.name));
}

// Poisson or constant arrivals, of each function at a rate of its own.
void read_rates(const SimulateOptions& options, const config::Config* config,
                SimulateReader& reader, Question& question) {
  const bool is_constant = !options.constant.empty();
  const std::string& text = is_constant ? options.constant : options.rate;
  const char* const option = is_constant ? "--constant" : "--rate";
  check_names(text, option, question, reader);
  double sum = 0;
  for (std::uint32_t i = 0; i < question.functions.size(); ++i) {
    const simulate::Function& function = question.functions[i];
    const config::Function* known = configured(config, function.name);
    const Given value = given(part_of(text, function.name), option, config, known,
                              &config::Simulated::rate, "rate");
    if (value.text.empty()) {
      if (options.bursts.empty() && options.clients.empty()) {
        note_no_rate(function, known, option, text, reader);
      }
      continue;
    }
    const auto rate = reader.read(value, simulate::read_rate);
    if (!rate) return;
    sum += *rate;
    if (is_constant) {
      question.streams.push_back({i, sim::ConstantArrivals{*rate}});
    } else {
      question.streams.push_back({i, sim::PoissonArrivals{{{TimePoint{}, *rate}}}});
    }
  }
  if (question.streams.empty()) return;
  question.traffic_text =
      fmt::format("{} calls/s{}", sum, is_constant ? " at equal distances" : "");
}

void read_mmpp(const SimulateOptions& options, SimulateReader& reader, Question& question) {
  const auto states = reader.read(options.mmpp, "--mmpp", simulate::read_states);
  if (!states) return;
  for (std::uint32_t i = 0; i < question.functions.size(); ++i) {
    question.streams.push_back({i, sim::MarkovArrivals{*states}});
  }
  question.traffic_text = fmt::format("calls at changing rates ({})", options.mmpp);
}

void add_text(Question& question, const std::string& text) {
  question.traffic_text += question.traffic_text.empty() ? text : ", " + text;
}

void read_bursts(const SimulateOptions& options, SimulateReader& reader, Question& question) {
  for (const std::string& text : options.bursts) {
    const auto burst = reader.read(text, "--burst", simulate::read_burst);
    if (!burst) return;
    if (question.length && burst->at > TimePoint(*question.length)) {
      reader.misused(fmt::format("`--burst {}` is after the end", text), "make `--for` longer");
    }
    for (std::uint32_t i = 0; i < question.functions.size(); ++i) {
      question.streams.push_back({i, *burst});
    }
    add_text(question, fmt::format("{} calls at {}", burst->count,
                                   simulate::length_text(burst->at.time_since_epoch())));
  }
}

void read_clients(const SimulateOptions& options, SimulateReader& reader, Question& question) {
  if (options.clients.empty()) {
    if (!options.think.empty()) reader.misused("`--think` is of clients", "add `--clients 10`");
    return;
  }
  const auto count = reader.count(options.clients, "--clients", 1, 1'000'000);
  const std::string think = options.think.empty() ? "0s" : options.think;
  const auto law = reader.law({think, "--think", {}});
  if (!count || !law) return;
  for (std::uint32_t i = 0; i < question.functions.size(); ++i) {
    question.clients.push_back({i, static_cast<std::uint32_t>(*count), law->law});
  }
  add_text(question, fmt::format("{} clients that think {}", *count, think));
}

void read_profile(const SimulateOptions& options, SimulateReader& reader, Question& question) {
  const auto points =
      reader.read(options.profile, "--profile", [](std::string_view file, std::string_view) {
        return traffic::read_rates(std::string(file));
      });
  if (!points) return;
  sim::PoissonArrivals arrivals;
  for (const traffic::RatePoint& point : *points) {
    arrivals.steps.push_back({point.from, point.per_second});
  }
  for (std::uint32_t i = 0; i < question.functions.size(); ++i) {
    question.streams.push_back({i, arrivals});
  }
  question.traffic_text = fmt::format("calls at the rates of {}", options.profile);
  // The last rate holds for as long as the one before it.
  if (question.length || points->size() < 2) return;
  const TimePoint last = points->back().from;
  question.length =
      2 * last.time_since_epoch() - (*points)[points->size() - 2].from.time_since_epoch();
}

// A record of `smyth run` has no names: its functions are those of the configuration, or else those
// that are named, in this order. What is said on the command line wins over what was seen.
simulate::RecordedCallsOptions recorded_as(const SimulateOptions& options,
                                           const config::Config* config) {
  using Lengths = simulate::RecordedCallsOptions::Lengths;
  const auto unless = [](bool said) { return said ? Lengths::unsaid : Lengths::as_seen; };
  simulate::RecordedCallsOptions as{
      .names = options.functions,
      .durations = unless(!options.duration.empty()),
      .inits = unless(!options.init.empty() || !options.cold_duration.empty())};
  if (!config) return as;
  as.names.clear();
  as.names.reserve(config->functions.size());
  for (const config::Function& function : config->functions) as.names.push_back(function.name);
  return as;
}

// Whether the traffic is recorded.
bool read_record(const SimulateOptions& options, const config::Config* config,
                 SimulateReader& reader, Question& question) {
  const std::string file = !options.trace.empty() ? options.trace : options.logs;
  const bool is_azure = !options.azure_2019.empty();
  if (file.empty() && !is_azure) return false;
  if (!options.bursts.empty() || !options.clients.empty()) {
    reader.misused("recorded traffic comes without `--burst` and `--clients`", "leave them out");
  }
  if (file == "-" && question.replications > 1) {
    reader.misused("`-` can be read only once", "leave out `--replications`");
  }
  if (is_azure) {
    question.record = [pair = options.azure_2019] {
      return traffic::open_azure_2019(pair[0], pair[1]);
    };
    question.traffic_text = fmt::format("calls of {}", options.azure_2019.front());
    return true;
  }
  question.traffic_text = fmt::format("calls of {}", file == "-" ? "standard input" : file);
  if (options.trace.empty()) {
    question.record = [file] { return traffic::open_reports(file); };
  } else if (simulate::is_record(file)) {
    question.record = [file, as = recorded_as(options, config)] {
      return simulate::open_recorded_calls(file, as);
    };
  } else {
    question.record = [file] { return traffic::open_calls(file); };
    question.record_needs_durations = true;
  }
  return true;
}

// Calls that nobody says the length of would take none.
void check_durations(const config::Config* config, SimulateReader& reader,
                     const Question& question) {
  for (const simulate::Function& function : question.functions) {
    if (!function.duration_text.empty()) continue;
    const bool is_known = configured(config, function.name) != nullptr;
    reader.misused(fmt::format("nothing says how long the calls of `{}` take", function.name),
                   is_known ? "write `duration` into its table `simulate`, or add "
                              "`--duration 80ms`"
                            : "add `--duration 80ms`");
  }
}

}  // namespace

void read_traffic(const SimulateOptions& options, const config::Config* config,
                  SimulateReader& reader, Question& question) {
  const std::vector<Source> sources = sources_of(options);
  if (sources.size() > 1) {
    reader.misused(fmt::format("`{}` and `{}` both say what the traffic is", sources[0].option,
                               sources[1].option),
                   "keep one of them");
  }
  if (read_record(options, config, reader, question)) return;
  if (question.functions.empty()) {
    simulate::Function function = question.prototype;
    function.name = "function";
    function.memory_mib = std::max(function.memory_mib, simulate::memory_mib_default);
    question.functions.push_back(std::move(function));
  }
  if (!options.profile.empty()) {
    read_profile(options, reader, question);
  } else if (!options.mmpp.empty()) {
    read_mmpp(options, reader, question);
  } else {
    read_rates(options, config, reader, question);
  }
  if (!question.length) question.length = std::chrono::hours(24);
  read_bursts(options, reader, question);
  read_clients(options, reader, question);
  if (question.streams.empty() && question.clients.empty()) {
    reader.misused("no traffic is said", "add `--rate 50`: calls a second");
  }
  check_durations(config, reader, question);
}

}  // namespace smyth::cli
