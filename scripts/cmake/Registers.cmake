# SPDX-License-Identifier: Apache-2.0
#
# cvp_generate_registers(<target> <file>...)
#
# Generates models/<m>/<name>_regs.h (C++) from each register file for <target>, and the firmware's
# <name>_regs.h (C) beside it. Everything goes to ${PROJECT_BINARY_DIR}/gen:
#   gen/models/<m>/<name>_regs.h   #include "models/<m>/<name>_regs.h"
#   gen/firmware/<name>_regs.h     #include "<name>_regs.h"; target cvp_firmware_registers makes all
include_guard(GLOBAL)

# Debian's own interpreter: another one in PATH may lack tomllib.
set(CVP_PYTHON /usr/bin/python3 CACHE FILEPATH "Python 3.11 or later, runs the generators")
set(CVP_REGTOOL ${PROJECT_SOURCE_DIR}/scripts/regtool.py)
set(CVP_FIRMWARE_REGISTERS_DIR ${PROJECT_BINARY_DIR}/gen/firmware)

add_custom_target(cvp_firmware_registers)

function(cvp_generate_registers target)
  foreach(file IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE source)
    cmake_path(GET source PARENT_PATH folder)
    cmake_path(GET source FILENAME name)
    string(REGEX REPLACE "\\.regs\\.toml$" "" name ${name})
    set(cpp_header ${PROJECT_BINARY_DIR}/gen/${folder}/${name}_regs.h)
    set(c_header ${CVP_FIRMWARE_REGISTERS_DIR}/${name}_regs.h)

    add_custom_command(
      OUTPUT ${cpp_header} ${c_header}
      COMMAND ${CVP_PYTHON} ${CVP_REGTOOL} ${file} --source ${source} --cpp ${cpp_header}
              --c ${c_header}
      DEPENDS ${file} ${CVP_REGTOOL}
      COMMENT "Generating registers of ${name}"
      VERBATIM)
    target_sources(${target} PRIVATE ${cpp_header})
    # Users of the library include the header too, before the library itself has been built.
    add_custom_target(${target}_${name}_registers DEPENDS ${cpp_header} ${c_header})
    add_dependencies(${target} ${target}_${name}_registers)
    add_dependencies(cvp_firmware_registers ${target}_${name}_registers)
    set_property(GLOBAL APPEND PROPERTY CVP_REGISTER_FILES ${file})
  endforeach()
endfunction()
