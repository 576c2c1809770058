#pragma once

#include "base/ids.h"
#include "front/http_server.h"
#include "runtime/process.h"
#include "runtime/runtime.h"
#include "runtime_api/responses.h"

#include <memory>
#include <string>
#include <string_view>

namespace smyth::runtime {
class Processes;
}

namespace smyth::runtime_api {

// What an address gives to the one program that it is for.
front::HttpLimits api_limits();

// Whether a request to `address` ("127.0.0.1:PORT") is from a program: any page in a browser can
// send requests to a port of this machine, and those say where they are from.
bool is_own(const front::HttpRequest& request, std::string_view address);

// Starts the program of an environment, which talks to `address`, with the /tmp and the limits that
// it is to have. That it cannot be started is told later.
std::shared_ptr<runtime::Process> launch_program(runtime::Processes& processes,
                                                 EnvironmentId environment, runtime::StartSpec spec,
                                                 const std::string& address,
                                                 runtime::ProcessEvents& events);

// Starts an external extension beside it, likewise.
std::shared_ptr<runtime::Process> launch_extension(
    runtime::Processes& processes, EnvironmentId environment, runtime::StartSpec spec,
    const std::string& program, const std::string& address, runtime::ProcessEvents& events);

std::int64_t unix_ms();

Invocation invocation_of(const runtime::Delivery& delivery);

}  // namespace smyth::runtime_api
