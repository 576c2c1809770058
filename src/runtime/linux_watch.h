#pragma once

#include "base/result.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct inotify_event;

namespace smyth::runtime {

struct Changes {
  std::vector<std::string> paths;  // Absolute, each once. A folder: all below it may have changed.
  std::vector<std::string>
      writing;              // Written or emptied since they were last closed, if they were.
  bool everything = false;  // Too many at once: it is not known which.

  bool is_empty() const { return paths.empty() && writing.empty() && !everything; }
};

// Which files below a folder have been written, made, moved or removed, by inotify. Folders that
// appear later are watched too, and what was in them by then counts as changed. Files that lie
// elsewhere, or are reached by a link, are watched one by one.
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

  // From here on it is known what is made, changed or removed in this very folder, whatever its
  // name.
  void add_shallow(const std::filesystem::path& folder);

  // From here on changes of this file are known: of what stands there, and of what it is a link to.
  // They are told under the name that is given. To be called again once it has changed; a call too
  // many costs little.
  void add_file(std::string_view file);

  // What has changed since the last call, without waiting: all that was saved before this is in it.
  Changes drain();

  // Called from the loop when drain() has something to tell, until it is called.
  void set_on_change(std::function<void()> on_change);

 private:
  enum class Depth : unsigned char { shallow, deep };  // Deep: with all below.
  struct Folder {
    int watch = -1;
    Depth depth = Depth::shallow;
  };

  void wait();
  bool add_folder(const std::string& folder, std::uint32_t events, Changes* found);
  // Whether it is watched now; if not, errno says why.
  bool add_one(const std::string& folder, std::uint32_t events, Depth depth);
  bool add_if_new(const std::filesystem::path& folder);
  void add_link(const std::string& file);
  void take(const inotify_event& event, Changes& changes);
  void take_in(const std::string& folder, const inotify_event& event, Changes& changes);
  void begin_anew();
  void take_folder(const std::string& folder, Depth depth, std::uint32_t events, Changes& changes);
  void add_other_names(std::vector<std::string>& paths) const;
  using Folders = std::map<std::string, Folder, std::less<>>;
  Folders::iterator drop(Folders::iterator folder);
  void forget(const std::string& folder);  // With all below it.

  boost::asio::posix::stream_descriptor inotify_;
  std::map<std::string, Depth> roots_;
  std::unordered_map<int, std::vector<std::string>>
      names_;                                 // Of a folder, by watch: links have more.
  Folders folders_;                           // By name.
  std::set<std::string, std::less<>> files_;  // add_file() has nothing to do for them.
  std::map<std::string, std::string> links_;  // By name: what it was a link to.
  std::function<void()> on_change_;
};

// Whether the path is the file or a folder above it.
bool concerns(std::string_view path, std::string_view file);
// Whether a file of this name comes and goes while an editor saves another.
bool is_editors_file(std::string_view name);
// Whether a folder is of no interest.
bool is_tools_folder(const std::filesystem::path& folder);

}  // namespace smyth::runtime
