#include "simulate/prices.h"

#include "base/check.h"

#include <toml++/toml.h>

#include <algorithm>
#include <string_view>

namespace smyth::simulate {
namespace {

constexpr char text[] = {
#embed "src/simulate/prices.toml"
};

// The list is the project's own, and a test reads it: what is not there is a fault of the build.
double number(toml::node_view<const toml::node> node) {
  const std::optional<double> found = node.value<double>();
  SMYTH_CHECK(found.has_value());
  return found.value_or(0);
}

Prices::OfArchitecture read(const toml::table& list, std::string_view name) {
  const toml::table& table = *list[name].as_table();
  Prices::OfArchitecture read;
  for (const toml::node& row : *table["tiers"].as_array()) {
    const toml::array& tier = *row.as_array();
    read.tiers.push_back({number(toml::node_view<const toml::node>(tier[0])),
                          number(toml::node_view<const toml::node>(tier[1]))});
  }
  read.provisioned = number(table["provisioned"]);
  read.provisioned_duration = number(table["provisioned_duration"]);
  return read;
}

// Of so many GB-seconds, at the price of each tier.
double tiered(double gb_seconds, const std::vector<Prices::Tier>& tiers) {
  double price = 0;
  double from = 0;
  for (const Prices::Tier& tier : tiers) {
    price += std::max(0.0, std::min(gb_seconds, tier.until) - from) * tier.price;
    from = tier.until;
  }
  return price;
}

}  // namespace

const Prices& prices() {
  static const Prices list = [] {
    const toml::table table = toml::parse(std::string_view(text, sizeof text));
    Prices read_list{.date = table["date"].value_or(std::string()),
                     .region = table["region"].value_or(std::string()),
                     .source = table["source"].value_or(std::string()),
                     .per_request = number(table["requests"]["per_million"]) / 1e6,
                     .architectures = {read(table, "x86_64"), read(table, "arm64")},
                     .free_requests = number(table["free_tier"]["requests"]),
                     .free_gb_seconds = number(table["free_tier"]["gb_seconds"])};
    return read_list;
  }();
  return list;
}

Usage Usage::scaled(double by) const {
  return {.architecture = architecture,
          .requests = requests * by,
          .gb_seconds = gb_seconds * by,
          .init_gb_seconds = init_gb_seconds * by,
          .provisioned_gb_seconds = provisioned_gb_seconds * by,
          .provisioned_duration_gb_seconds = provisioned_duration_gb_seconds * by};
}

Usage& Usage::operator+=(const Usage& other) {
  requests += other.requests;
  gb_seconds += other.gb_seconds;
  init_gb_seconds += other.init_gb_seconds;
  provisioned_gb_seconds += other.provisioned_gb_seconds;
  provisioned_duration_gb_seconds += other.provisioned_duration_gb_seconds;
  return *this;
}

Cost cost_of(std::span<const Usage> usages, const Prices& prices, FreeTier free_tier) {
  std::array<Usage, 2> by_architecture;
  for (const Usage& usage : usages) {
    by_architecture[static_cast<std::size_t>(usage.architecture)] += usage;
  }
  double free_requests = free_tier == FreeTier::yes ? prices.free_requests : 0;
  double free_gb_seconds = free_tier == FreeTier::yes ? prices.free_gb_seconds : 0;
  Cost cost;
  for (std::size_t i = 0; i < by_architecture.size(); ++i) {
    const Usage& usage = by_architecture[i];
    const Prices::OfArchitecture& list = prices.architectures[i];
    const double requests = std::max(0.0, usage.requests - free_requests);
    const double billed = std::max(0.0, usage.gb_seconds - free_gb_seconds);
    free_requests -= usage.requests - requests;
    free_gb_seconds -= usage.gb_seconds - billed;
    const double duration = tiered(billed, list.tiers);
    const double of_init = usage.gb_seconds > 0 ? usage.init_gb_seconds / usage.gb_seconds : 0;
    cost.requests += requests * prices.per_request;
    cost.compute += duration * (1 - of_init);
    cost.init += duration * of_init;
    cost.provisioned += usage.provisioned_gb_seconds * list.provisioned +
                        usage.provisioned_duration_gb_seconds * list.provisioned_duration;
  }
  return cost;
}

}  // namespace smyth::simulate
