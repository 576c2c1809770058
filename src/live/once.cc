#include "live/once.h"

#include <optional>
#include <utility>

namespace smyth::live {

Result<Session::Outcome> invoke_once(OnceOptions options) {
  const auto session = Session::open({.config = std::move(options.config),
                                      .start_folder = std::move(options.start_folder),
                                      .output = !options.log,
                                      .no_timeout = options.no_timeout});
  if (!session) return std::unexpected(session.error());
  auto outcome = (*session)->invoke(options.function, std::move(options.event));
  if (!outcome) return std::unexpected(std::move(outcome.error()));
  std::optional<Session::Outcome>& ended = *outcome;
  if (!ended) return fail("interrupted");
  return *std::move(ended);
}

}  // namespace smyth::live
