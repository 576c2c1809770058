#pragma once

#include "front/http.h"
#include "runtime/runtime.h"
#include "runtime_api/responses.h"
#include "runtime_api/runtime_api.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime_api {

// Lambda allows no more in an environment (reference: lambda-environments.md, 2.1).
inline constexpr std::size_t extension_count_max = 10;

inline constexpr std::string_view extensions_path = "/2020-01-01/extension";

// What extensions said, told to whoever owns the environment, from within which it may end.
class ExtensionNews {
 public:
  virtual ~ExtensionNews() = default;
  virtual void on_extension_registered() = 0;
  virtual void on_extension_ready() = 0;  // It waits for its next event.
  // It cannot go on: `type` is Lambda's ("Extension.InitError"), `words` its own.
  virtual void on_extension_error(std::string_view type, std::string_view words) = 0;
};

// What an extension is told of its function when it registers.
struct FunctionFacts {
  std::string name;
  std::string version;
  std::string handler;
  std::string account_id;
};

// One extension of an environment.
struct Extension {
  enum class State : unsigned char {
    started,     // Its process runs; it has not registered.
    registered,  // It has not asked for an event.
    ready,       // It waits for one.
    running,     // It has one.
    init_error,
    exit_error,
    exited,           // By itself, as it should.
    shutdown_failed,  // It was killed, or ended badly.
    launch_error,
  };

  std::string name;
  std::string id = {};       // UUID; empty: it has not registered.
  bool is_external = false;  // A process of its own, not a part of the runtime's.
  bool wants_invoke = false;
  bool wants_shutdown = false;
  State state = State::started;
  std::string error_type = {};                    // Its own; empty: none.
  std::optional<front::ExchangeId> waiting = {};  // The `next` that is held.

  std::string events() const;  // "INVOKE,SHUTDOWN"
};

// As Lambda's records call it.
std::string_view state_name(Extension::State state);

using runtime::ShutdownReason;

// Lambda's Extensions API (2020-01-01) for one environment: what requests of extensions mean in the
// state that each is in. It does no I/O and trusts nobody.
//
// External ones are announced by expect(); whoever registers under another name is internal, a part
// of the runtime's process. Where extensions make a mistake, they get Lambda's own 403.
class ExtensionsApi {
 public:
  using MakeUuid = std::function<std::string()>;
  ExtensionsApi(ExtensionNews& news, Responder& responder, MakeUuid make_uuid)
      : news_(news), responder_(responder), make_uuid_(std::move(make_uuid)) {}

  void describe(FunctionFacts function) { function_ = std::move(function); }
  // An external one is started; false: there are too many.
  bool expect(std::string name);
  // Init is over for the runtime: nobody registers any more.
  void close_registration() { is_open_ = false; }
  bool is_open() const { return is_open_; }

  void on_request(front::ExchangeId exchange, const front::HttpRequest& request);

  // Whether all external ones have registered.
  bool are_registered() const;
  // Whether all wait for their next event.
  bool are_ready() const;
  bool is_any() const { return !extensions_.empty(); }
  bool is_any_external() const;

  // Those that want to know of invocations learn of this one.
  void invoke(const Invocation& invocation);
  // The environment ends: the external ones that want to know are told, those that are busy with
  // their next `next`.
  void shut_down(ShutdownReason reason, std::int64_t deadline_unix_ms);

  // Its process has ended, or does not start.
  void mark(std::string_view name, Extension::State state);

  const std::vector<Extension>& all() const { return extensions_; }
  // The extension of this identifier; null: there is none.
  const Extension* find(std::string_view id) const;
  // The same for the identifier that a request names. Null: the request is answered, with the 403
  // for it.
  const Extension* identify(front::ExchangeId exchange, const front::HttpRequest& request);

 private:
  void register_one(front::ExchangeId exchange, const front::HttpRequest& request);
  void next(front::ExchangeId exchange, const front::HttpRequest& request);
  void take_error(front::ExchangeId exchange, const front::HttpRequest& request,
                  Extension::State failed);
  Extension* named(std::string_view name);
  Extension* identified(front::ExchangeId exchange, const front::HttpRequest& request);
  void refuse(front::ExchangeId exchange, std::string_view type, std::string_view message);
  void refuse_state(front::ExchangeId exchange, const Extension& extension, std::string_view who,
                    std::string_view wanted);
  void give(front::ExchangeId exchange, std::string event);
  void wake(Extension& ready, const std::string& event);

  ExtensionNews& news_;
  Responder& responder_;
  MakeUuid make_uuid_;
  FunctionFacts function_;
  bool is_open_ = true;
  std::vector<Extension> extensions_;
  std::string shutdown_event_;  // Empty: it does not end.
};

}  // namespace smyth::runtime_api
