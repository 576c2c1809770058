#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace smyth::simulate {

enum class Architecture : std::uint8_t { x86_64, arm64 };

// Lambda's price list: prices.toml, dated, with its source. Dollars and GB-seconds.
struct Prices {
  struct Tier {
    double until = 0;  // Of a month's GB-seconds.
    double price = 0;
  };
  struct OfArchitecture {
    std::vector<Tier> tiers;
    double provisioned = 0;
    double provisioned_duration = 0;
  };

  std::string date;
  std::string region;
  std::string source;
  double per_request = 0;
  std::array<OfArchitecture, 2> architectures;
  double free_requests = 0;
  double free_gb_seconds = 0;

  const OfArchitecture& of(Architecture architecture) const {
    return architectures[static_cast<std::size_t>(architecture)];
  }
};

// The list that the binary carries.
const Prices& prices();

// What a function has used.
struct Usage {
  Architecture architecture = Architecture::x86_64;
  double requests = 0;
  double gb_seconds = 0;              // Of calls in environments that were not provisioned:
  double init_gb_seconds = 0;         // all, and what of it is init.
  double provisioned_gb_seconds = 0;  // Configured.
  double provisioned_duration_gb_seconds = 0;  // Of calls in provisioned environments.

  Usage scaled(double by) const;
  Usage& operator+=(const Usage& other);
};

struct Cost {
  double requests = 0;
  double compute = 0;  // But for the init.
  double init = 0;
  double provisioned = 0;  // Capacity and the calls it serves.

  double total() const { return requests + compute + init + provisioned; }
};

enum class FreeTier : std::uint8_t { no, yes };

// Of a month's usage: tiers and the free tier are a month's. Functions share them, so what several
// of them cost together is asked for at once.
Cost cost_of(std::span<const Usage> usages, const Prices& prices, FreeTier free_tier);

}  // namespace smyth::simulate
