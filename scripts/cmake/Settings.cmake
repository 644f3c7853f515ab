# SPDX-License-Identifier: Apache-2.0
#
# Language level, warnings, sanitizers and the packages everything shares.
include_guard(GLOBAL)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CVP_CCACHE ccache)
if(CVP_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime ${CVP_CCACHE})
endif()

add_library(cvp_warnings INTERFACE)
add_library(cvp::warnings ALIAS cvp_warnings)
target_compile_options(cvp_warnings INTERFACE -Wall -Wextra -Werror
  -Wno-missing-field-initializers)  # Designated initialisers leave out what has a default.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Nobody replaces our functions when a program is loaded: they may be inlined although they are
  # compiled for libraries, too.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-semantic-interposition>)
endif()

if(CVP_SANITIZE)
  # GCC warns wrongly about std::function and std::regex once they are instrumented.
  add_compile_options(-Wno-maybe-uninitialized)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

find_package(SystemC REQUIRED)
find_package(Threads REQUIRED)
if(BUILD_TESTING)
  find_package(Catch2 2.13 REQUIRED)
  include(Catch)
endif()
