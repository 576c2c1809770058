#pragma once

#include "base/result.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct inotify_event;

namespace smyth::runtime {

struct Changes {
  std::vector<std::string> paths;  // Absolute, each once.
  std::vector<std::string>
      writing;              // Written or emptied since they were last closed, if they were.
  bool everything = false;  // Too many at once, or a folder went: it is not known which.

  bool is_empty() const { return paths.empty() && writing.empty() && !everything; }
};

// Which files below a folder have been written, made, moved or removed, by inotify. Folders that
// appear later are watched too, and what was in them by then counts as changed.
//
// Not watched: `.git`, `.hg`, `node_modules`, `__pycache__`, virtual environments and other folders
// of tools, links to folders. Not told: the files that editors make and remove while they save.
class Watch {
 public:
  explicit Watch(boost::asio::io_context& loop);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // From here on changes below `root` are known. Where the kernel's limit of watches is reached the
  // rest is not watched: then the error says how to raise it, and the watch works on.
  Result<void> add(const std::filesystem::path& root);

  // What has changed since the last call, without waiting: all that was saved before this is in it.
  Changes drain();

  // Called from the loop when drain() has something to tell, until it is called.
  void set_on_change(std::function<void()> on_change);

 private:
  void wait();
  bool add_folder(const std::string& folder, std::uint32_t events, Changes* found);
  void take(const inotify_event& event, Changes& changes);
  void take_folder(const std::string& folder, std::uint32_t events, Changes& changes);
  void forget(const std::string& folder);  // With all below it.

  boost::asio::posix::stream_descriptor inotify_;
  std::vector<std::string> roots_;
  std::unordered_map<int, std::string> folders_;     // By watch.
  std::map<std::string, int, std::less<>> watches_;  // By folder.
  std::function<void()> on_change_;
};

// Whether a file of this name comes and goes while an editor saves another.
bool is_editors_file(std::string_view name);
// Whether a folder is of no interest.
bool is_tools_folder(const std::filesystem::path& folder);

}  // namespace smyth::runtime
