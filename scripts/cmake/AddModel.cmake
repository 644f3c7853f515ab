# SPDX-License-Identifier: Apache-2.0
#
# cvp_add_model(<name> [SOURCES ...] [REGISTERS <file>] [TESTS ...] [LINKS ...])
#
# Adds the library cvp::<name>, its generated register headers and one CTest process per test case
# (a SystemC kernel elaborates only once per process).
#
# cvp_add_test(<target> SOURCES ... [LINKS ...] [LABEL <label>] [TIMEOUT <s>])
#
# Adds a Catch2 executable whose cases become the CTest tests `<label>.<case>`.
include_guard(GLOBAL)

function(cvp_add_model name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "REGISTERS" "SOURCES;TESTS;LINKS")

  add_library(cvp_${name} STATIC ${arg_SOURCES})
  add_library(cvp::${name} ALIAS cvp_${name})
  set_target_properties(cvp_${name} PROPERTIES EXPORT_NAME ${name} LINKER_LANGUAGE CXX)
  target_include_directories(cvp_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/gen>
    $<INSTALL_INTERFACE:include/chiplet-vp>)
  target_link_libraries(cvp_${name} PUBLIC cvp::core ${arg_LINKS}
                        PRIVATE $<BUILD_INTERFACE:cvp::warnings>)
  set_property(GLOBAL APPEND PROPERTY CVP_MODELS cvp_${name})

  if(arg_REGISTERS)
    cvp_generate_registers(cvp_${name} ${arg_REGISTERS})
  endif()

  if(arg_TESTS AND BUILD_TESTING)
    cvp_add_test(${name}_test SOURCES ${arg_TESTS} LINKS cvp::${name} LABEL unit)
  endif()
endfunction()

function(cvp_add_test target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT" "SOURCES;LINKS")
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  if(CVP_SANITIZE)
    math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 5")
  endif()
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE ${arg_LINKS} cvp::test_harness cvp::warnings)
  catch_discover_tests(${target} TEST_PREFIX "${arg_LABEL}."
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABEL}")
endfunction()
