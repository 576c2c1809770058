#pragma once

#include "runtime_api/runtime_api.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smyth::runtime_api {

inline constexpr const char* next_url = "/2018-06-01/runtime/invocation/next";
inline constexpr const char* init_error_url = "/2018-06-01/runtime/init/error";

// A Runtime API that is spoken to directly: what it tells and what it answers is kept.
class ApiHarness : private RuntimeNews, private Responder {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  ApiHarness() : api(*this, *this) {}

  front::ExchangeId get(std::string_view path) { return send("GET", path, {}, {}); }
  front::ExchangeId post(std::string_view path, std::string_view body,
                         const Headers& headers = {}) {
    return send("POST", path, body, headers);
  }
  void deliver(Invocation invocation) { api.deliver(std::move(invocation)); }
  // From the start up to a running invocation.
  void run(std::string request_id, std::string event) {
    get(next_url);
    deliver({.request_id = std::move(request_id), .event = std::move(event)});
  }

  bool is_answered(front::ExchangeId exchange) const {
    return answers_.contains(exchange.connection);
  }
  const front::HttpResponse& answer(front::ExchangeId exchange) {
    EXPECT_TRUE(is_answered(exchange));
    return answers_[exchange.connection];
  }
  std::string header(front::ExchangeId exchange, std::string_view name) {
    for (const auto& [key, value] : answer(exchange).headers) {
      if (key == name) return value;
    }
    return {};
  }

  RuntimeApi api;
  std::vector<std::string> news;

 private:
  front::ExchangeId send(std::string_view method, std::string_view path, std::string_view body,
                         const Headers& headers) {
    std::vector<front::HeaderField> fields;
    for (const auto& [name, value] : headers) fields.push_back({name, value});
    const front::ExchangeId exchange{.connection = ++sent_, .generation = 1};
    api.on_request(exchange, {.method = method,
                              .target = path,
                              .path = path,
                              .query = {},
                              .headers = fields,
                              .body = body,
                              .source_ip = {}});
    return exchange;
  }

  void on_init_done() override { news.emplace_back("init done"); }
  void on_init_error(std::string_view document) override { tell("init error ", document); }
  void on_response(std::string_view document) override { tell("response ", document); }
  void on_error(std::string_view document) override { tell("error ", document); }
  void on_invocation_done() override { news.emplace_back("invocation done"); }
  void tell(std::string what, std::string_view document) { news.push_back(what.append(document)); }

  void respond(front::ExchangeId exchange, front::HttpResponse response) override {
    EXPECT_FALSE(is_answered(exchange));
    answers_[exchange.connection] = std::move(response);
  }

  std::uint32_t sent_ = 0;
  std::map<std::uint32_t, front::HttpResponse> answers_;
};

}  // namespace smyth::runtime_api
