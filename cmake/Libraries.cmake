# Third-party libraries, all of them part of the binary: what it needs at run time is the C library.
set(Boost_USE_STATIC_LIBS ON)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(Threads REQUIRED)
set(ZLIB_USE_STATIC_LIBS ON)
find_package(ZLIB REQUIRED)
find_package(CLI11 REQUIRED)

# Debian has fmt and toml++ as shared objects only. One that throws (toml++ does) must share the C++
# runtime of the binary, which is static; so their code is compiled here.
foreach(library fmt toml)
  add_library(smyth_${library} STATIC ${CMAKE_CURRENT_LIST_DIR}/libraries/${library}.cc)
endforeach()
add_library(fmt::fmt ALIAS smyth_fmt)
add_library(tomlplusplus::tomlplusplus ALIAS smyth_toml)
target_compile_definitions(smyth_toml PUBLIC TOML_HEADER_ONLY=0 TOML_SHARED_LIB=0)

add_link_options($<$<CONFIG:Release>:-static-libstdc++> $<$<CONFIG:Release>:-static-libgcc>)

if(SMYTH_TESTS)
  find_package(GTest REQUIRED)
  enable_testing()
  include(GoogleTest)
endif()
# toml++ has promises to the compiler that odd characters in a key break: UBSan is for our own code.
if(SMYTH_SANITIZE)
  set_source_files_properties(${CMAKE_SOURCE_DIR}/cmake/libraries/toml.cc PROPERTIES COMPILE_OPTIONS -fno-sanitize=undefined)
endif()
