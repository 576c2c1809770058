#pragma once

#include "front/ascii.h"
#include "front/http.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace smyth {

// A request as the HTTP server hands it up, read from the fuzzer's bytes: "METHOD TARGET", lines of
// "Name: value", an empty line, the body. Header names are tokens, as the server has checked.
struct FuzzedRequest {
  std::vector<front::HeaderField> headers;
  front::HttpRequest request;

  explicit FuzzedRequest(std::string_view text) {
    const auto line = [&text] {
      const std::size_t size = std::min(text.find('\n'), text.size());
      const std::string_view found = text.substr(0, size);
      text.remove_prefix(std::min(size + 1, text.size()));
      return found;
    };
    const std::string_view first = line();
    const std::size_t blank = std::min(first.find(' '), first.size());
    request.method = first.substr(0, blank);
    request.target = first.substr(std::min(blank + 1, first.size()));
    const std::size_t mark = std::min(request.target.find('?'), request.target.size());
    request.path = request.target.substr(0, mark);
    request.query = request.target.substr(std::min(mark + 1, request.target.size()));
    for (std::string_view field = line(); !field.empty(); field = line()) {
      const std::size_t colon = std::min(field.find(": "), field.size());
      const std::string_view name = field.substr(0, colon);
      if (name.empty() || !front::token_chars.contains_all(name)) continue;
      headers.push_back({name, field.substr(std::min(colon + 2, field.size()))});
    }
    request.headers = headers;
    request.body = text;
    request.source_ip = "127.0.0.1";
  }
};

}  // namespace smyth
