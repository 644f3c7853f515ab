# SPDX-License-Identifier: Apache-2.0
#
# Debian's libsystemc-dev brings no CMake package. Defines SystemC::systemc.
#
# Its library exports only the C++17 spelling of the API-version symbol; pinning the spelling here
# keeps that check, which SC_DISABLE_API_VERSION_CHECK would drop.
include(FindPackageHandleStandardArgs)
find_path(SystemC_INCLUDE_DIR systemc PATH_SUFFIXES include)
find_library(SystemC_LIBRARY systemc)
find_package_handle_standard_args(SystemC REQUIRED_VARS SystemC_LIBRARY SystemC_INCLUDE_DIR)

if(SystemC_FOUND AND NOT TARGET SystemC::systemc)
  add_library(SystemC::systemc UNKNOWN IMPORTED)
  set_target_properties(SystemC::systemc PROPERTIES
    IMPORTED_LOCATION "${SystemC_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${SystemC_INCLUDE_DIR}"
    INTERFACE_COMPILE_DEFINITIONS SC_CPLUSPLUS=201703L)
endif()
