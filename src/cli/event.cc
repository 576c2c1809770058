#include "cli/event.h"

#include "front/invoke_api.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace smyth::cli {
namespace {

std::string read_all(std::istream& in) {
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

Result<std::string> read_event(const std::string& given) {
  if (given.empty()) return "{}";
  std::string text;
  std::error_code ignored;
  const bool is_file = given != "-" && std::filesystem::is_regular_file(given, ignored);
  if (given == "-") {
    text = read_all(std::cin);
  } else if (is_file) {
    std::ifstream in(given, std::ios::binary);
    if (!in) return misuse(fmt::format("cannot read the event file `{}`", given));
    text = read_all(in);
  } else {
    text = given;
  }
  if (const auto json = front::check_json(text); !json) {
    const std::string what = given == "-" ? "the event on standard input is"
                             : is_file    ? fmt::format("the event file `{}` is", given)
                                          : fmt::format("the event `{}` is no file and", given);
    return misuse(fmt::format("{} no JSON: {}", what, json.error()),
                  "give a file, JSON in quotes, or `-` for standard input");
  }
  return text;
}

}  // namespace smyth::cli
