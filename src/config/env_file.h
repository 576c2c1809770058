#pragma once

#include "config/config.h"

#include <expected>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::config {

using Variables = std::map<std::string, std::string>;

// A file of environment variables, a `NAME=VALUE` a line:
//
//   # A comment.
//   STAGE=local                    # A comment after a blank; blanks around the value do not count.
//   export TOKEN='as it $stands'   # `export` is for shells.
//   KEY="two\nlines"               # \n \r \t \" \\ \$; quoted values may go over several lines.
//
// Nothing is expanded. The last of two lines for one name counts.
std::expected<Variables, std::vector<Mistake>> parse_env_file(std::string_view text,
                                                              const std::filesystem::path& file);
std::expected<Variables, std::vector<Mistake>> load_env_file(const std::filesystem::path& file);

}  // namespace smyth::config
