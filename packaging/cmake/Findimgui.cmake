# SPDX-License-Identifier: Apache-2.0
# Dear ImGui 1.92 or newer as imgui::imgui and imgui::sdl2: from the prefix of packaging/deps, or Debian's own where it is
# new enough. Debian's package has no CMake files, and keeps the FreeType header beside the others.
find_package(imgui 1.92 CONFIG QUIET)
if(NOT TARGET imgui::imgui)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(imgui_system REQUIRED IMPORTED_TARGET imgui>=1.92 freetype2)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/imgui/misc/freetype/imgui_freetype.h CONTENT "#include <imgui_freetype.h>\n")
  add_library(imgui::imgui INTERFACE IMPORTED)
  target_include_directories(imgui::imgui INTERFACE ${CMAKE_BINARY_DIR}/imgui)
  target_link_libraries(imgui::imgui INTERFACE PkgConfig::imgui_system)
  find_package(SDL2 REQUIRED)
  add_library(imgui::sdl2 INTERFACE IMPORTED)
  target_link_libraries(imgui::sdl2 INTERFACE imgui::imgui SDL2::SDL2)
endif()
set(imgui_FOUND TRUE)
