// SPDX-License-Identifier: Apache-2.0
//
// Read-only walker of a flattened device tree, version 17 [DTSpec: Flattened Devicetree (DTB)
// Format]. Every step is checked against the blob's limits: a broken tree gives "not there", never
// an access outside. A node is named by its offset in the structure block.
#ifndef CVP_FIRMWARE_LIB_FDT_H_
#define CVP_FIRMWARE_LIB_FDT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  const uint8_t* blob;
  uint32_t size;
  uint32_t structs, structs_size;  // Offset in the blob, bytes.
  uint32_t strings, strings_size;
} fdt_t;

typedef int32_t fdt_node_t;
enum { FDT_NONE = -1 };

// False when there is no well-formed tree of at most `limit` bytes. Walks it once to be sure.
bool fdt_open(fdt_t* fdt, const void* blob, uint32_t limit);

fdt_node_t fdt_root(const fdt_t* fdt);
fdt_node_t fdt_first_child(const fdt_t* fdt, fdt_node_t node);
fdt_node_t fdt_next_sibling(const fdt_t* fdt, fdt_node_t node);
fdt_node_t fdt_parent(const fdt_t* fdt, fdt_node_t node);
const char* fdt_name(const fdt_t* fdt, fdt_node_t node);  // With its @unit; "" for the root.
// Child by name; "memory" also finds "memory@80000000".
fdt_node_t fdt_child(const fdt_t* fdt, fdt_node_t node, const char* name);
fdt_node_t fdt_path(const fdt_t* fdt, const char* path);
// The next node, in the order of the blob, after `previous` (FDT_NONE: from the start).
fdt_node_t fdt_next_node(const fdt_t* fdt, fdt_node_t previous);
fdt_node_t fdt_next_compatible(const fdt_t* fdt, fdt_node_t previous, const char* compatible);

// Null when absent. The value is big-endian and only 4-byte aligned.
const uint8_t* fdt_property(const fdt_t* fdt, fdt_node_t node, const char* name, uint32_t* bytes);
// Null when absent or not terminated.
const char* fdt_string(const fdt_t* fdt, fdt_node_t node, const char* name);
bool fdt_is_compatible(const fdt_t* fdt, fdt_node_t node, const char* compatible);
// No status, or "okay".
bool fdt_is_enabled(const fdt_t* fdt, fdt_node_t node);
// 32-bit cell `index`.
bool fdt_u32(const fdt_t* fdt, fdt_node_t node, const char* name, uint32_t index, uint32_t* value);
// Cells 2 * index and 2 * index + 1 as one number.
bool fdt_u64(const fdt_t* fdt, fdt_node_t node, const char* name, uint32_t index, uint64_t* value);
// Entry `index` of `reg`, by the parent's #address-cells and #size-cells (default 2 and 1).
bool fdt_reg(const fdt_t* fdt, fdt_node_t node, uint32_t index, uint64_t* base, uint64_t* size);

#ifdef __cplusplus
}
#endif

#endif  // CVP_FIRMWARE_LIB_FDT_H_
