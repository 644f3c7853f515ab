// SPDX-License-Identifier: Apache-2.0
//
// Blocks of a blob may come in any order: a splice at one place moves all bytes behind it, and
// every header offset that points behind it.
#include "lib/fdt_edit.h"

#include <string.h>

enum {
  kTotalSize = 4,
  kStructs = 8,
  kStrings = 12,
  kReserve = 16,
  kStringsSize = 32,
  kStructsSize = 36
};

static uint32_t load32(const uint8_t* bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void store32(uint8_t* bytes, uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void adjust(uint8_t* field, int32_t change) { store32(field, load32(field) + change); }

// Replaces `old_bytes` at `at` by `new_bytes` that the caller fills in.
static void splice(uint8_t* blob, uint32_t at, uint32_t old_bytes, uint32_t new_bytes) {
  const uint32_t size = load32(blob + kTotalSize);
  const int32_t change = (int32_t)(new_bytes - old_bytes);
  memmove(blob + at + new_bytes, blob + at + old_bytes, size - at - old_bytes);
  adjust(blob + kTotalSize, change);
  const int offsets[] = {kStructs, kStrings, kReserve};
  for (int i = 0; i < 3; ++i) {
    if (load32(blob + offsets[i]) >= at + old_bytes) adjust(blob + offsets[i], change);
  }
}

bool fdt_copy(const fdt_t* from, void* buffer, uint32_t capacity) {
  if (from->size > capacity) return false;
  memcpy(buffer, from->blob, from->size);
  return true;
}

// Offset of the name in the strings block; appended when it is not there.
static uint32_t string_offset(const fdt_t* fdt, uint8_t* blob, const char* name) {
  const uint32_t length = strlen(name) + 1;
  for (uint32_t at = 0; at + length <= fdt->strings_size; ++at) {
    if (memcmp(fdt->blob + fdt->strings + at, name, length) == 0) return at;
  }
  // Four-byte steps keep a structure block that lies behind aligned.
  const uint32_t padded = (length + 3) & ~3u;
  splice(blob, fdt->strings + fdt->strings_size, 0, padded);
  memset(blob + fdt->strings + fdt->strings_size, 0, padded);
  memcpy(blob + fdt->strings + fdt->strings_size, name, length);
  adjust(blob + kStringsSize, (int32_t)padded);
  return fdt->strings_size;
}

bool fdt_set_property(fdt_t* fdt, void* buffer, uint32_t capacity, fdt_node_t node,
                      const char* name, const void* value, uint32_t bytes) {
  uint8_t* blob = buffer;
  const uint32_t padded = (bytes + 3) & ~3u;
  if (node < 0 || fdt->blob != blob) return false;
  if ((uint64_t)fdt->size + padded + 12 + strlen(name) + 4 > capacity) return false;

  uint32_t old_bytes;
  const uint8_t* old = fdt_property(fdt, node, name, &old_bytes);
  if (old != NULL) {
    const uint32_t at = (uint32_t)(old - blob);
    const uint32_t old_padded = (old_bytes + 3) & ~3u;
    splice(blob, at, old_padded, padded);
    memset(blob + at, 0, padded);
    memcpy(blob + at, value, bytes);
    store32(blob + at - 8, bytes);
    adjust(blob + kStructsSize, (int32_t)(padded - old_padded));
    return fdt_open(fdt, blob, capacity);
  }
  const uint32_t string = string_offset(fdt, blob, name);
  if (!fdt_open(fdt, blob, capacity)) return false;
  // A new property goes first, right behind the node's name.
  const uint32_t name_bytes = (strlen(fdt_name(fdt, node)) + 4) & ~3u;
  const uint32_t at = fdt->structs + node + 4 + name_bytes;
  splice(blob, at, 0, 12 + padded);
  memset(blob + at, 0, 12 + padded);
  store32(blob + at, 3);
  store32(blob + at + 4, bytes);
  store32(blob + at + 8, string);
  memcpy(blob + at + 12, value, bytes);
  adjust(blob + kStructsSize, (int32_t)(12 + padded));
  return fdt_open(fdt, blob, capacity);
}

bool fdt_set_string(fdt_t* fdt, void* buffer, uint32_t capacity, fdt_node_t node, const char* name,
                    const char* value) {
  return fdt_set_property(fdt, buffer, capacity, node, name, value, strlen(value) + 1);
}

bool fdt_set_reg(fdt_t* fdt, void* buffer, uint32_t capacity, fdt_node_t node, uint64_t base,
                 uint64_t size) {
  uint8_t reg[16];
  store32(reg, base >> 32);
  store32(reg + 4, (uint32_t)base);
  store32(reg + 8, size >> 32);
  store32(reg + 12, (uint32_t)size);
  return fdt_set_property(fdt, buffer, capacity, node, "reg", reg, sizeof reg);
}
