# SPDX-License-Identifier: Apache-2.0
#
# cvp_embed_text(<target> <header> <function> <file>...)
#
# Compiles text files into <target> as `std::vector<std::string_view> cvp::<function>()`, which
# <header> declares; so a library needs no path to its data.
include_guard(GLOBAL)

set(CVP_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/EmbedTextScript.cmake)

function(cvp_embed_text target header function)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE files)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DHEADER=${header} -DFUNCTION=${function}
            "-DFILES=${files}" -P ${CVP_EMBED_SCRIPT}
    DEPENDS ${files} ${CVP_EMBED_SCRIPT}
    COMMENT "Embedding ${function}"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
