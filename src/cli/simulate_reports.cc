#include "cli/simulate_reports.h"

#include "simulate/html_report.h"
#include "simulate/json_writer.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <limits>
#include <set>
#include <system_error>

namespace smyth::cli {

Result<std::unique_ptr<SimulateReports>> SimulateReports::open(const SimulateOptions& options,
                                                               const simulate::Question& question) {
  auto reports = std::make_unique<SimulateReports>();
  if (!options.explain.empty()) {
    constexpr auto any = std::numeric_limits<std::uint64_t>::max();
    const auto call = simulate::read_count(options.explain, "--explain", 1, any);
    if (!call) return std::unexpected(call.error());
    reports->watchers_.add(&reports->explanation_.emplace(*call, question.account));
  }
  auto opened = reports->open_files(options);
  if (!opened) return std::unexpected(opened.error());
  return reports;
}

Result<void> SimulateReports::open_files(const SimulateOptions& options) {
  std::set<std::filesystem::path> taken;
  const auto create = [&taken](const std::string& path, File& file) -> Result<void> {
    if (path.empty()) return {};
    std::error_code ignored;
    const auto whole = std::filesystem::absolute(path, ignored);
    if (!taken.insert(std::filesystem::weakly_canonical(whole, ignored)).second) {
      return misuse(fmt::format("two reports go into the same file `{}`", path),
                    "give each a name of its own");
    }
    auto created = simulate::OutputFile::create(path);
    if (!created) return std::unexpected(created.error());
    file = *std::move(created);
    return {};
  };
  if (auto done = create(options.calls, calls_file_); !done) return done;
  if (auto done = create(options.series, series_file_); !done) return done;
  if (auto done = create(options.timeline, timeline_file_); !done) return done;
  if (auto done = create(options.html, html_file_); !done) return done;
  if (calls_file_) watchers_.add(&calls_.emplace(*calls_file_));
  if (series_file_ || html_file_) watchers_.add(&series_.emplace());
  if (timeline_file_) watchers_.add(&timeline_.emplace(*timeline_file_));
  return {};
}

Result<void> SimulateReports::finish(const simulate::Question& question,
                                     const simulate::Findings& findings) {
  if (series_file_ && series_) series_file_->write(simulate::csv_of(*series_));
  if (html_file_ && series_) html_file_->write(simulate::html_report(question, findings, *series_));
  for (const File* file : {&calls_file_, &series_file_, &timeline_file_, &html_file_}) {
    if (!*file) continue;
    if (auto done = (*file)->finish(); !done) return done;
  }
  if (timeline_ && timeline_->is_cut()) {
    const auto until =
        static_cast<std::uint64_t>(timeline_->whole_until().time_since_epoch().count());
    fmt::print(stderr, "note: --timeline has the first {} spans, until {} s\n",
               simulate::Timeline::spans_max, simulate::exact_seconds(until));
  }
  if (watcher() != nullptr && !findings.complete) {
    fmt::print(stderr, "note: interrupted: files end where the simulation did\n");
  }
  return {};
}

Result<std::string> SimulateReports::explanation() const {
  if (!explanation_) return std::string();
  std::string text = explanation_->text();
  if (!text.empty()) return text;
  return misuse(fmt::format("--explain names no call: {} arrived in the first replication",
                            explanation_->arrived_calls()),
                "calls are numbered from 1 in the order of their arrival");
}

}  // namespace smyth::cli
