#pragma once

#include "front/http_server.h"
#include "runtime/launch.h"
#include "runtime/runtime.h"
#include "runtime_api/responses.h"

#include <string>
#include <string_view>

namespace smyth::runtime_api {

// What an address gives to the one program that it is for.
front::HttpLimits api_limits();

// Whether a request to `address` ("127.0.0.1:PORT") is from a program: any page in a browser can
// send requests to a port of this machine, and those say where they are from.
bool is_own(const front::HttpRequest& request, std::string_view address);

// How a program starts that talks to `address`.
runtime::Launch launch_of(const runtime::StartSpec& spec, const std::string& address);

Invocation invocation_of(const runtime::Delivery& delivery);

}  // namespace smyth::runtime_api
