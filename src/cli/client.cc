#include "cli/client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace smyth::cli {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

std::string reachable(const std::string& host) {
  if (host == "0.0.0.0" || host.empty()) return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

Error broken(const boost::system::error_code& error) {
  return {ErrorCode::failed, fmt::format("the server's answer broke off: {}", error.message()),
          "its output says what happened"};
}

}  // namespace

Result<Reply> call(const Address& address, const Call& call) {
  asio::io_context loop;
  asio::ip::tcp::resolver resolver(loop);
  asio::ip::tcp::socket socket(loop);
  boost::system::error_code error;
  const std::string host = reachable(address.host);
  const auto found = resolver.resolve(host, std::to_string(address.port), error);
  if (!error) asio::connect(socket, found, error);
  if (error) {
    return fail(fmt::format("no server answers on {}:{}: {}", host, address.port, error.message()),
                "start it with `smyth run`, or name its `--port`");
  }
  http::request<http::string_body> request;
  request.method_string(call.method);
  request.target(call.target);
  request.set(http::field::host,
              fmt::format("{}:{}", host.find(':') == std::string::npos ? host : "[" + host + "]",
                          address.port));
  request.set(http::field::connection, "close");
  for (const auto& [name, value] : call.headers) request.set(name, value);
  request.body() = call.body;
  request.prepare_payload();
  http::write(socket, request, error);
  if (error) return std::unexpected(broken(error));

  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  http::read(socket, buffer, parser, error);
  if (error) return std::unexpected(broken(error));
  http::response<http::string_body> response = parser.release();
  Reply reply{.status = response.result_int(), .headers = {}, .body = std::move(response.body())};
  for (const auto& field : response) {
    reply.headers.emplace(lower(std::string(field.name_string())), std::string(field.value()));
  }
  return reply;
}

}  // namespace smyth::cli
