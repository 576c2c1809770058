#include "calibrate/profile.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace smyth::calibrate {
namespace {

constexpr std::size_t profile_bytes_max = 1 << 20;
constexpr double length_max_seconds = 366.0 * 24 * 3600;

constexpr std::array<std::pair<const char*, Duration Constants::*>, 3> lengths = {{
    {"function_idle", &Constants::function_idle},
    {"surplus_idle", &Constants::surplus_idle},
    {"max_life", &Constants::max_life},
}};

double seconds(Duration length) { return std::chrono::duration<double>(length).count(); }

std::string line_of(const toml::node& node) {
  return std::to_string(static_cast<unsigned>(node.source().begin.line));
}

// As TOML writes it, also where it has quotes or what no line may have.
std::string quoted(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return std::move(out).str();
}

}  // namespace

Result<Profile> parse_profile(std::string_view text, const std::string& file) {
  toml::table document;
  try {
    document = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return misuse(fmt::format("{} ({}:{})", error.description(), file,
                              static_cast<unsigned>(error.source().begin.line)),
                  "a profile is what `smyth calibrate --output` writes");
  }
  Profile profile;
  const toml::node* const made = document.get("made");
  if (!made || !made->is_date()) {
    return misuse(fmt::format("the profile has no date `made` ({})", file),
                  "a profile is what `smyth calibrate --output` writes");
  }
  const toml::date& date = made->as_date()->get();
  profile.made = fmt::format("{:04}-{:02}-{:02}", static_cast<unsigned>(date.year),
                             static_cast<unsigned>(date.month), static_cast<unsigned>(date.day));
  for (const auto& [name, length] : lengths) {
    const toml::node* const node = document.get(name);
    if (!node) return misuse(fmt::format("the profile has no `{}` ({})", name, file));
    const auto value = node->value<double>();
    if (!value || !(*value >= 0 && *value <= length_max_seconds)) {
      return misuse(fmt::format("`{}` is no number of seconds ({}:{})", name, file, line_of(*node)),
                    "0 is for no such limit");
    }
    profile.constants.*length = Duration(std::llround(*value * 1e9));
  }
  return profile;
}

Result<Profile> read_profile(const std::string& file) {
  const auto cannot_read = [&file] {
    return misuse(fmt::format("cannot read the profile {}: {}", file, std::strerror(errno)));
  };
  std::ifstream in(file, std::ios::binary);
  if (!in) return cannot_read();
  std::string text(profile_bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return cannot_read();
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > profile_bytes_max) {
    return misuse(fmt::format("the profile {} is larger than 1 MiB", file));
  }
  return parse_profile(text, file);
}

std::string profile_text(const Fit& fit, std::span<const Trace> traces, const TraceOptions& options,
                         std::string_view made) {
  std::string text =
      "# How long execution environments live, fitted to recorded calls by `smyth "
      "calibrate`.\n# Lengths are in seconds.\n";
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "made = {}\n", made);
  for (const auto& [name, length] : lengths) {
    fmt::format_to(out, "{} = {}\n", name, seconds(fit.constants.*length));
  }
  const Score total = fit.total();
  const double right = 1 - static_cast<double>(total.wrong()) /
                               static_cast<double>(std::max<std::uint64_t>(total.calls, 1));
  fmt::format_to(out, "\n[fit]\ncount_error = {:.4f}  # Of cold starts, mean over the traces.\n",
                 fit.count_error());
  fmt::format_to(out, "rightly_cold_or_warm = {:.5f}\n", right);
  fmt::format_to(out, "early_reuse = {}\n", seconds(options.early_reuse));
  fmt::format_to(out, "settling = {}  # Of each trace, not counted.\n", seconds(settling));
  for (std::size_t i = 0; i < traces.size(); ++i) {
    const Score& score = fit.scores[i];
    fmt::format_to(out, "\n[[fit.traces]]\nname = {}\ncalls = {}\ncold = {}\nreplayed_cold = {}\n",
                   quoted(traces[i].name), score.calls, score.recorded_cold, score.replayed_cold);
    fmt::format_to(out, "wrongly_cold_or_warm = {}\n", score.wrong());
  }
  return text;
}

}  // namespace smyth::calibrate
