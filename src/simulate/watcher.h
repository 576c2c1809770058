#pragma once

#include "sim/call_driver.h"
#include "simulate/question.h"

#include <vector>

namespace smyth::simulate {

// Sees a replication from its beginning to its end, warm-up included.
class Watcher : public sim::CallObserver {
 public:
  // The next function; the first is number 0 of the records, and so on. `function` may be gone
  // afterwards.
  virtual void added(const Function& /*function*/) {}
  virtual void over(TimePoint /*end*/) {}
};

// Several that see the same. They must outlive it.
class Watchers final : public Watcher {
 public:
  void add(Watcher* watcher) { all_.push_back(watcher); }
  bool empty() const { return all_.empty(); }

  void added(const Function& function) override {
    for (Watcher* one : all_) one->added(function);
  }
  void over(TimePoint end) override {
    for (Watcher* one : all_) one->over(end);
  }
  void arrived(std::uint64_t number, std::uint32_t function, TimePoint at) override {
    for (Watcher* one : all_) one->arrived(number, function, at);
  }
  void answered(const sim::CallRecord& call) override {
    for (Watcher* one : all_) one->answered(call);
  }
  void started(const sim::EnvironmentRecord& environment) override {
    for (Watcher* one : all_) one->started(environment);
  }
  void ready(const sim::EnvironmentRecord& environment) override {
    for (Watcher* one : all_) one->ready(environment);
  }
  void delivered(const sim::EnvironmentRecord& environment) override {
    for (Watcher* one : all_) one->delivered(environment);
  }
  void ended(const sim::EnvironmentRecord& environment) override {
    for (Watcher* one : all_) one->ended(environment);
  }

 private:
  std::vector<Watcher*> all_;
};

}  // namespace smyth::simulate
