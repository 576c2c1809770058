// What a request costs between its bytes and the event, and between the result and the response.
#include "front/api_gateway.h"
#include "front/invoke_api.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace smyth::front {
namespace {

const std::vector<HeaderField> curl_headers = {{"Host", "127.0.0.1:8080"},
                                               {"User-Agent", "curl/8.5.0"},
                                               {"Accept", "*/*"},
                                               {"Accept-Encoding", "gzip, deflate, br"},
                                               {"X-Request-Id", "0f3b7c52-53c1-4f9e"}};

const std::vector<HeaderField> browser_headers = {
    {"Host", "localhost:8080"},
    {"Connection", "keep-alive"},
    {"sec-ch-ua", R"("Chromium";v="142", "Not_A Brand";v="99")"},
    {"sec-ch-ua-mobile", "?0"},
    {"sec-ch-ua-platform", R"("Linux")"},
    {"Upgrade-Insecure-Requests", "1"},
    {"User-Agent",
     "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"},
    {"Accept",
     "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
    {"Sec-Fetch-Site", "none"},
    {"Sec-Fetch-Mode", "navigate"},
    {"Sec-Fetch-User", "?1"},
    {"Sec-Fetch-Dest", "document"},
    {"Accept-Encoding", "gzip, deflate, br, zstd"},
    {"Accept-Language", "en-GB,en;q=0.9,de;q=0.8"},
    {"Cookie", "session=5d41402abc4b2a76b9719d911017c592; theme=dark; seen=1"}};

const PathParams params = {{"id", "12345"}};

EventContext context() {
  return {.route_key = "ANY /orders/{id}",
          .path_params = &params,
          .request_id = "0193a5c2-7b1e-7000-8000-0123456789ab",
          .time_unix_ms = 1'795'555'800'123,
          .server_port = 8080};
}

void run(benchmark::State& state, const HttpRequest& request) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_event(out, request, context());
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}

void event_get(benchmark::State& state) {
  run(state, {.method = "GET",
              .target = "/orders/12345",
              .path = "/orders/12345",
              .headers = curl_headers,
              .source_ip = "127.0.0.1"});
}
BENCHMARK(event_get);

void event_browser_query(benchmark::State& state) {
  run(state, {.method = "GET",
              .target = "/orders/12345?limit=10&q=red+shoes&tag=a&tag=b",
              .path = "/orders/12345",
              .query = "limit=10&q=red+shoes&tag=a&tag=b",
              .headers = browser_headers,
              .source_ip = "127.0.0.1"});
}
BENCHMARK(event_browser_query);

void event_body(benchmark::State& state, std::string_view type) {
  std::vector<HeaderField> headers = curl_headers;
  headers.push_back({"Content-Type", type});
  std::string body;
  while (body.size() < 1'000'000) body += R"({"name": "value", "list": [1, 2, 3]},)";
  run(state, {.method = "POST",
              .target = "/orders/12345",
              .path = "/orders/12345",
              .headers = headers,
              .body = body,
              .source_ip = "127.0.0.1"});
}
BENCHMARK_CAPTURE(event_body, text_1mb, "application/json");
BENCHMARK_CAPTURE(event_body, base64_1mb, "application/octet-stream");

void result(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(response_of_result(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void result_plain(benchmark::State& state) {
  result(state, R"({"statusCode": 200, "body": "Hello, World"})");
}
BENCHMARK(result_plain);

void result_json_body(benchmark::State& state) {
  result(state,
         R"({"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": )"
         R"("{\"id\": 12345, \"items\": [{\"sku\": \"A-1\", \"count\": 2}], \"total\": 19.99}"})");
}
BENCHMARK(result_json_body);

void result_inferred(benchmark::State& state) {
  result(state, R"({"id": 12345, "items": [1, 2, 3]})");
}
BENCHMARK(result_inferred);

void check(benchmark::State& state, std::string_view element) {
  std::string text = "[";
  while (text.size() < 1'000'000) text.append(element).append(",");
  text += "0]";
  for (auto _ : state) {
    if (!check_json(text)) state.SkipWithError("not JSON");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK_CAPTURE(check, objects,
                  R"({"name": "value", "list": [1, 2, 3], "flag": true, "price": 19.99})");
BENCHMARK_CAPTURE(check, text,
                  R"("The quick brown fox jumps over the lazy dog and runs into the wood behind")");
BENCHMARK_CAPTURE(check, numbers, "-122.41940199999997");
BENCHMARK_CAPTURE(check, japanese, R"("いろはにほへとちりぬるを")");

}  // namespace
}  // namespace smyth::front
