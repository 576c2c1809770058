# smyth_embed(TARGET file...): the target may `#embed` these files (paths from the project's root) and is
# built anew when they change.
function(smyth_embed target source)
  target_compile_options(${target} PRIVATE --embed-dir=${CMAKE_SOURCE_DIR} --embed-dir=${CMAKE_BINARY_DIR})
  set_property(SOURCE ${source} APPEND PROPERTY OBJECT_DEPENDS ${ARGN})
endfunction()
