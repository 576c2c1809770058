#pragma once

#include "base/ids.h"
#include "front/http.h"

#include <functional>
#include <string_view>

namespace smyth::runtime_api {

inline constexpr std::string_view telemetry_path = "/2022-07-01/telemetry";
inline constexpr std::string_view logs_path = "/2020-08-15/logs";  // What there was before.

// Whoever serves Lambda's Telemetry API to the extensions of environments, as far as it has to know
// of these. Records of the functions' logs reach it on another way.
class TelemetryHost {
 public:
  virtual ~TelemetryHost() = default;
  // The answer to a PUT to one of the paths above, by an extension that has registered.
  virtual front::HttpResponse on_request(EnvironmentId environment, std::string_view extension,
                                         const front::HttpRequest& request) = 0;
  // The extensions of the environment stand still, and go on.
  virtual void rest(EnvironmentId environment) = 0;
  virtual void wake(EnvironmentId environment) = 0;
  // It is about to end: all is sent at once. `done` is called when that is done, unless end() is
  // called before; perhaps from within.
  virtual void flush(EnvironmentId environment, std::function<void()> done) = 0;
  virtual void end(EnvironmentId environment) = 0;
};

}  // namespace smyth::runtime_api
