# smyth_embed(TARGET source file...): the source may `#embed` these files (paths from the project's root) and
# is built anew when they change.
function(smyth_embed target source)
  target_compile_options(${target} PRIVATE --embed-dir=${CMAKE_SOURCE_DIR} --embed-dir=${CMAKE_BINARY_DIR})
  set_property(SOURCE ${source} APPEND PROPERTY OBJECT_DEPENDS "${ARGN}")
  set_property(SOURCE ${source} PROPERTY SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# smyth_embed_folders(TARGET source LIST folder...): the source may include LIST, which defines the array
# `files` of EmbeddedFile{path, text} with every source file below these folders, by its path from `python`
# or, outside of that, from the project's root. A file that is added, removed or changed is noticed by the
# next build.
function(smyth_embed_folders target source list)
  set(files)
  foreach(folder ${ARGN})
    file(GLOB_RECURSE found CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}
         ${CMAKE_SOURCE_DIR}/${folder}/*.py ${CMAKE_SOURCE_DIR}/${folder}/*.mjs
         ${CMAKE_SOURCE_DIR}/${folder}/*.cjs)
    list(APPEND files ${found})
  endforeach()
  list(SORT files)
  set(arrays "")
  set(entries "")
  set(number 0)
  foreach(file ${files})
    # The zero keeps the array of an empty file legal; it is not counted.
    string(APPEND arrays "constexpr char file_${number}[] = {\n"
                         "#embed \"${file}\" suffix(,)\n  0};\n")
    string(REGEX REPLACE "^python/" "" path ${file})
    string(APPEND entries "    {\"${path}\", {file_${number}, sizeof file_${number} - 1}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${list} @ONLY
       CONTENT "${arrays}constexpr EmbeddedFile files[] = {\n${entries}};\n")
  target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/generated)
  list(TRANSFORM files PREPEND ${CMAKE_SOURCE_DIR}/)
  smyth_embed(${target} ${source} ${files})
endfunction()
