#include "live/trace_id.h"

#include <gtest/gtest.h>

namespace smyth::live {
namespace {

std::string completed(std::string trace_id) {
  complete_trace_id(trace_id, "01234567-89ab-4cde-8f01-23456789abcd");
  return trace_id;
}

TEST(TraceId, HasAParentAndSaysWhetherItIsSampled) {
  EXPECT_EQ(completed("Root=1-a-b"), "Root=1-a-b;Parent=0123456789ab4cde;Sampled=0");
  EXPECT_EQ(completed("Root=1-a-b;Sampled=1"), "Root=1-a-b;Sampled=1;Parent=0123456789ab4cde");
}

TEST(TraceId, StaysAsItsCallerHasMadeIt) {
  const std::string whole = "Root=1-a-b;Parent=ab;Sampled=1;Lineage=1:a:0";
  EXPECT_EQ(completed(whole), whole);
  EXPECT_EQ(completed("Root=1;OfParent=1;Sampled=?"),
            "Root=1;OfParent=1;Sampled=?;Parent=0123456789ab4cde");
}

TEST(TraceId, IsFitForAHeaderAndForJson) {
  EXPECT_EQ(completed("Root=\xff\x01;Parent=a;Sampled=0"), "Root=??;Parent=a;Sampled=0");
}

}  // namespace
}  // namespace smyth::live
