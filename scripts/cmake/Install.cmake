# SPDX-License-Identifier: Apache-2.0
#
# `cmake --install` gives another SystemC project the models as CMake targets (cvp::hbm, ...), and a
# user the program with its firmware and packages.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(cvp_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/chiplet-vp)
get_property(models GLOBAL PROPERTY CVP_MODELS)
install(TARGETS ${models} EXPORT chiplet-vp-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/chiplet-vp)
install(EXPORT chiplet-vp-targets NAMESPACE cvp:: DESTINATION ${cvp_cmake_dir})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/models DESTINATION include/chiplet-vp
        FILES_MATCHING PATTERN "*.h")
install(DIRECTORY ${PROJECT_BINARY_DIR}/gen/models DESTINATION include/chiplet-vp
        FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_SOURCE_DIR}/scripts/cmake/FindSystemC.cmake DESTINATION ${cvp_cmake_dir})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/chiplet-vp-config.cmake.in
  ${PROJECT_BINARY_DIR}/chiplet-vp-config.cmake INSTALL_DESTINATION ${cvp_cmake_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/chiplet-vp-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/chiplet-vp-config.cmake
              ${PROJECT_BINARY_DIR}/chiplet-vp-config-version.cmake
        DESTINATION ${cvp_cmake_dir})
