#include "simulate/page.h"

#include "simulate/chart.h"
#include "simulate/figure_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace smyth::simulate {
namespace {

constexpr char style[] = {
#embed "src/simulate/report.css" suffix(, 0)
};

}  // namespace

std::string page_head(std::string_view title, std::string_view lines) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{1}</style>\n"
      "</head>\n<body>\n<main>\n<h1>{0}</h1>\n",
      escaped(title), style);
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string_view line = lines.substr(at, end - at);
    const bool is_warning = line.starts_with("NOT COMPLETE") || line.starts_with("NO WARM-UP");
    html += fmt::format("<p{}>{}</p>\n", is_warning ? " class=\"warning\"" : "", escaped(line));
    at = end + 1;
  }
  return html;
}

std::string page_end() { return "</main>\n</body>\n</html>\n"; }

std::string sources_table(const Question& question) {
  std::string html = "<h2>Where the constants come from</h2>\n<div class=\"scroll\"><table>\n";
  const auto add = [&html](std::string_view name, std::string_view value, std::string_view origin) {
    html += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n", escaped(name),
                        escaped(value), escaped(origin));
  };
  for (const Constant& constant : question.constants) {
    add(constant.name, constant.value, origin_text(constant));
  }
  add("prices", fmt::format("{}, {}", prices().region, prices().date),
      fmt::format("{}: {}", word_of(Origin::documented), prices().source));
  return html + "</table></div>\n";
}

}  // namespace smyth::simulate
