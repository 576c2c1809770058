#pragma once

// What both floors do at their front: HTTP to an event of API Gateway's, a result to HTTP, and a
// line of idle workers. The least of it: no limits, no checks, one JSON document each way.

#include <boost/asio.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace smyth_floor {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace json = boost::json;
using boost::system::error_code;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

// The program cannot go on without its parts.
inline void require(bool works, const char* what) {
  if (works) return;
  std::perror(what);
  std::exit(1);
}

// Hands the worker used last to who comes first, as Lambda does.
template <class Worker>
class Idle {
 public:
  using Hand = asio::experimental::channel<void(error_code, Worker*)>;

  void give(Worker* worker) {
    if (waiting_.empty()) {
      idle_.push_back(worker);
      return;
    }
    waiting_.front()->try_send(error_code{}, worker);
    waiting_.pop_front();
  }

  // `hand` receives it; it has room for one and outlives the call.
  asio::awaitable<Worker*> take(Hand& hand) {
    if (idle_.empty()) {
      waiting_.push_back(&hand);
    } else {
      hand.try_send(error_code{}, idle_.back());
      idle_.pop_back();
    }
    Worker* const worker = co_await hand.async_receive(asio::use_awaitable);
    co_return worker;
  }

 private:
  std::vector<Worker*> idle_;
  std::deque<Hand*> waiting_;
};

inline std::string event_text(const Request& request) {
  json::object headers;
  for (const auto& field : request) {
    std::string name(field.name_string());
    for (char& letter : name) {
      letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    headers[name] = json::string(field.value());
  }
  const std::string path(request.target());
  const std::string method(request.method_string());
  json::object event{
      {"version", "2.0"},
      {"routeKey", "$default"},
      {"rawPath", path},
      {"rawQueryString", ""},
      {"headers", std::move(headers)},
      {"requestContext",
       {{"accountId", "123456789012"},
        {"apiId", "local"},
        {"domainName", "localhost"},
        {"http",
         {{"method", method}, {"path", path}, {"protocol", "HTTP/1.1"}, {"sourceIp", "127.0.0.1"}}},
        {"requestId", "id"},
        {"stage", "$default"},
        {"timeEpoch", 1'700'000'000'000}}},
      {"isBase64Encoded", false}};
  if (!request.body().empty()) event["body"] = request.body();
  return json::serialize(event);
}

inline Response response_of(const Request& request, const std::string& answer) {
  const json::value document = json::parse(answer);
  const json::object& result = document.as_object();
  Response response{static_cast<http::status>(result.at("statusCode").as_int64()),
                    request.version()};
  response.set(http::field::content_type, "application/json");
  if (const json::value* headers = result.if_contains("headers")) {
    for (const auto& [name, value] : headers->as_object()) {
      response.set(std::string(name), std::string(value.as_string()));
    }
  }
  response.keep_alive(request.keep_alive());
  response.body() = std::string(result.at("body").as_string());
  response.prepare_payload();
  return response;
}

}  // namespace smyth_floor
