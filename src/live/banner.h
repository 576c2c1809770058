#pragma once

#include "config/config.h"

#include <cstdint>
#include <string>

namespace smyth::live {

// What stands on the terminal at the start: a line for each function (name, route, concurrency,
// strategy) and the addresses; at most a screen, however many functions there are.
std::string banner(const config::Config& config, const std::string& url);

// The address to give to a client: "http://127.0.0.1:8080" for a wildcard address too.
std::string url_of(const std::string& host, std::uint16_t port);

}  // namespace smyth::live
