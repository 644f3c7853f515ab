// SPDX-License-Identifier: Apache-2.0
//
// Changes a flattened device tree in place: first stage copies the tree to RAM and marks what did
// not train or failed its test. The buffer must have room behind the blob.
#ifndef CVP_FIRMWARE_LIB_FDT_EDIT_H_
#define CVP_FIRMWARE_LIB_FDT_EDIT_H_

#include "lib/fdt.h"

#ifdef __cplusplus
extern "C" {
#endif

// Copies the tree to `buffer`; false when it does not fit in `capacity` bytes.
bool fdt_copy(const fdt_t* from, void* buffer, uint32_t capacity);
// Sets a property, new or not, of the tree in `buffer`. `fdt` is opened again; offsets of later
// nodes move. False, with the tree as it was, when there is no room.
bool fdt_set_property(fdt_t* fdt, void* buffer, uint32_t capacity, fdt_node_t node,
                      const char* name, const void* value, uint32_t bytes);
bool fdt_set_string(fdt_t* fdt, void* buffer, uint32_t capacity, fdt_node_t node, const char* name,
                    const char* value);
// `reg` of one entry, in 64-bit cells.
bool fdt_set_reg(fdt_t* fdt, void* buffer, uint32_t capacity, fdt_node_t node, uint64_t base,
                 uint64_t size);

#ifdef __cplusplus
}
#endif

#endif  // CVP_FIRMWARE_LIB_FDT_EDIT_H_
