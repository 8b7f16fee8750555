# SPDX-License-Identifier: Apache-2.0
# cmake -DFROM=FILE -DTO=FILE.cpp -DNAME=millpond::room::name -P embed_text.cmake: the file's text as a function that
# returns it. In pieces, because a compiler need not take a string literal of more than 64 KiB.
file(READ ${FROM} text)
string(REGEX REPLACE "::([a-z_]+)$" "" space ${NAME})
string(REGEX REPLACE "^.*::" "" function ${NAME})
string(LENGTH "${text}" left)
set(pieces "")
set(at 0)
while(at LESS left)
  string(SUBSTRING "${text}" ${at} 8000 piece)
  string(APPEND pieces "R\"embedded(${piece})embedded\"\n")
  math(EXPR at "${at} + 8000")
endwhile()
file(WRITE ${TO} "#include <string_view>\nnamespace ${space} {\nstd::string_view ${function}();\n"
  "std::string_view ${function}() {\n  static constexpr std::string_view text{${pieces}};\n  return text;\n}\n}\n")
