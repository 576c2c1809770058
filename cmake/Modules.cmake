# smyth_module(NAME MODULES module... LIBRARIES library... [LONG_TESTS])
#
# One library a module, of all its sources; it may use the modules named and nothing else. The files
# *_test.cc beside the sources become NAME_test. Long ones are started before the others, so that at the end no
# processor waits for the last.
function(smyth_module name)
  cmake_parse_arguments(ARG "LONG_TESTS" "" "MODULES;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(TRANSFORM ARG_MODULES PREPEND smyth_)
  if(sources)
    add_library(smyth_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(smyth_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(smyth_${name} ${scope} ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(smyth_${name} ${scope} ${ARG_MODULES} ${ARG_LIBRARIES})
  if(SMYTH_TESTS AND tests)
    add_executable(${name}_test ${tests})
    set_target_properties(${name}_test PROPERTIES UNITY_BUILD OFF)  # Their helpers share names.
    target_link_libraries(${name}_test smyth_${name} GTest::gtest_main GTest::gmock)
    target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR})
    set(order)
    if(ARG_LONG_TESTS)
      set(order PROPERTIES COST 10)
    endif()
    gtest_discover_tests(${name}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} DISCOVERY_TIMEOUT 60
                         ${order})
  endif()
endfunction()
