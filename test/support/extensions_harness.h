#pragma once

#include "runtime_api/extensions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smyth::runtime_api {

// An Extensions API that is spoken to directly: what it tells and what it answers is kept.
class ExtensionsHarness : private ExtensionNews, private Responder {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  ExtensionsHarness() {
    api.describe({.name = "orders",
                  .version = "$LATEST",
                  .handler = "app.handler",
                  .account_id = "123456789012"});
  }

  front::ExchangeId send(std::string_view method, std::string_view what,
                         const Headers& headers = {}, std::string_view body = {}) {
    const std::string path = std::string(extensions_path).append(what);
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
  front::ExchangeId enrol(const std::string& name, std::string_view body) {
    return send("POST", "/register", {{"Lambda-Extension-Name", name}}, body);
  }
  // Registers an external one; its identifier.
  std::string join(const std::string& name, std::string_view events = R"("INVOKE","SHUTDOWN")") {
    api.expect(name);
    return header(enrol(name, fmt::format(R"({{"events":[{}]}})", events)),
                  "Lambda-Extension-Identifier");
  }
  front::ExchangeId next(const std::string& id) {
    return send("GET", "/event/next", {{"Lambda-Extension-Identifier", id}});
  }
  front::ExchangeId fail(std::string_view what, const std::string& id, const std::string& type) {
    return send(
        "POST", what,
        {{"Lambda-Extension-Identifier", id}, {"Lambda-Extension-Function-Error-Type", type}});
  }
  void invoke(const std::string& request_id) {
    api.invoke({.deadline_unix_ms = 1'700'000'003'000,
                .request_id = request_id,
                .invoked_arn = "arn",
                .trace_id = "Root=1",
                .event = "{}"});
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
  // "403 Extension.InvalidExtensionState"
  std::string refusal(front::ExchangeId exchange) {
    const std::string& body = answer(exchange).body;
    const std::string mark = R"("errorType":")";
    const std::size_t at = body.find(mark);
    if (at == std::string::npos) return fmt::format("{} {}", answer(exchange).status, body);
    const std::size_t begin = at + mark.size();
    return fmt::format("{} {}", answer(exchange).status,
                       body.substr(begin, body.find('"', begin) - begin));
  }

 private:
  void on_extension_registered() override { news.emplace_back("registered"); }
  void on_extension_ready() override { news.emplace_back("ready"); }
  void on_extension_error(std::string_view type, std::string_view words) override {
    news.push_back(fmt::format("{}: {}", type, words));
  }
  void respond(front::ExchangeId exchange, front::HttpResponse response) override {
    EXPECT_FALSE(is_answered(exchange));
    answers_[exchange.connection] = std::move(response);
  }

  std::uint32_t sent_ = 0;
  int uuids_ = 0;
  std::map<std::uint32_t, front::HttpResponse> answers_;

 public:
  std::vector<std::string> news;
  ExtensionsApi api{*this, *this,
                    [this] { return fmt::format("00000000-0000-4000-8000-{:012}", ++uuids_); }};
};

}  // namespace smyth::runtime_api
