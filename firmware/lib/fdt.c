// SPDX-License-Identifier: Apache-2.0
#include "lib/fdt.h"

#include <string.h>

enum {
  kMagic = 0xd00dfeed,
  kHeaderBytes = 40,
  kBeginNode = 1,
  kEndNode = 2,
  kProperty = 3,
  kNop = 4,
  kEnd = 9,
  kMaxDepth = 32,
};

static uint32_t load32(const uint8_t* bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint64_t load64(const uint8_t* bytes) {
  return (uint64_t)load32(bytes) << 32 | load32(bytes + 4);
}

// One token of the structure block.
typedef struct {
  uint32_t kind;  // kEnd also for whatever is malformed.
  bool bad;
  int32_t next;      // Offset of the token after it.
  const char* name;  // Of a node or a property.
  const uint8_t* value;
  uint32_t bytes;
} token_t;

// Length of the terminated string at `text`, or -1 when it does not end within `limit` bytes.
static int32_t string_length(const char* text, uint32_t limit) {
  const char* end = memchr(text, 0, limit);
  return end == NULL ? -1 : (int32_t)(end - text);
}

static token_t bad_token(void) { return (token_t){.kind = kEnd, .bad = true}; }

static token_t token_at(const fdt_t* fdt, int32_t offset) {
  if (offset < 0 || (uint32_t)offset > fdt->structs_size || fdt->structs_size - offset < 4) {
    return bad_token();
  }
  const uint8_t* at = fdt->blob + fdt->structs + offset;
  const uint32_t left = fdt->structs_size - offset - 4;
  token_t token = {.kind = load32(at), .next = offset + 4};
  at += 4;
  switch (token.kind) {
    case kEndNode:
    case kNop:
    case kEnd:
      return token;
    case kBeginNode: {
      const int32_t length = string_length((const char*)at, left);
      if (length < 0) return bad_token();
      token.name = (const char*)at;
      token.next += (length + 4) & ~3;
      break;
    }
    case kProperty: {
      if (left < 8) return bad_token();
      token.bytes = load32(at);
      const uint32_t name = load32(at + 4);
      if (token.bytes > left - 8 || name >= fdt->strings_size) return bad_token();
      token.name = (const char*)fdt->blob + fdt->strings + name;
      if (string_length(token.name, fdt->strings_size - name) < 0) return bad_token();
      token.value = at + 8;
      token.next += 8 + ((token.bytes + 3) & ~3u);
      break;
    }
    default:
      return bad_token();
  }
  return (uint32_t)token.next > fdt->structs_size ? bad_token() : token;
}

// Begin and end nodes match, at most kMaxDepth deep, and the block ends with its END token.
static bool well_formed(const fdt_t* fdt) {
  int depth = 0, nodes = 0;
  for (int32_t offset = 0;;) {
    const token_t token = token_at(fdt, offset);
    if (token.bad) return false;
    if (token.kind == kEnd) return depth == 0 && nodes > 0;
    if (token.kind == kBeginNode) {
      if (depth == 0 && nodes > 0) return false;
      ++nodes;
      if (++depth > kMaxDepth) return false;
    }
    if (token.kind == kProperty && depth == 0) return false;
    if (token.kind == kEndNode && --depth < 0) return false;
    offset = token.next;
  }
}

bool fdt_open(fdt_t* fdt, const void* blob, uint32_t limit) {
  const uint8_t* header = blob;
  if (header == NULL || ((uintptr_t)header & 3) != 0 || limit < kHeaderBytes) return false;
  if (load32(header) != kMagic) return false;
  *fdt = (fdt_t){.blob = header,
                 .size = load32(header + 4),
                 .structs = load32(header + 8),
                 .structs_size = load32(header + 36),
                 .strings = load32(header + 12),
                 .strings_size = load32(header + 32)};
  if (load32(header + 20) < 17 || load32(header + 24) > 17) return false;
  if (fdt->size < kHeaderBytes || fdt->size > limit || fdt->size > INT32_MAX) return false;
  if (fdt->structs > fdt->size || fdt->structs_size > fdt->size - fdt->structs) return false;
  if (fdt->strings > fdt->size || fdt->strings_size > fdt->size - fdt->strings) return false;
  return (fdt->structs & 3) == 0 && well_formed(fdt);
}

// The first token from `offset` on that is no NOP.
static int32_t skip_nops(const fdt_t* fdt, int32_t offset) {
  for (token_t token = token_at(fdt, offset); token.kind == kNop; token = token_at(fdt, offset)) {
    offset = token.next;
  }
  return offset;
}

fdt_node_t fdt_root(const fdt_t* fdt) { return skip_nops(fdt, 0); }

// Offset just behind the node's BEGIN token, or -1 when `node` is none.
static int32_t inside(const fdt_t* fdt, fdt_node_t node) {
  const token_t token = token_at(fdt, node);
  return token.kind == kBeginNode ? token.next : -1;
}

fdt_node_t fdt_first_child(const fdt_t* fdt, fdt_node_t node) {
  for (int32_t offset = inside(fdt, node); offset >= 0;) {
    const token_t token = token_at(fdt, offset);
    if (token.kind == kBeginNode) return offset;
    if (token.kind != kProperty && token.kind != kNop) break;
    offset = token.next;
  }
  return FDT_NONE;
}

fdt_node_t fdt_next_sibling(const fdt_t* fdt, fdt_node_t node) {
  int depth = 1;
  for (int32_t offset = inside(fdt, node); offset >= 0;) {
    const token_t token = token_at(fdt, offset);
    if (token.kind == kEnd) break;
    if (token.kind == kBeginNode) {
      if (depth == 0) return offset;
      ++depth;
    }
    if (token.kind == kEndNode && --depth < 0) break;
    offset = token.next;
  }
  return FDT_NONE;
}

fdt_node_t fdt_next_node(const fdt_t* fdt, fdt_node_t previous) {
  if (previous == FDT_NONE) return fdt_root(fdt);
  for (int32_t offset = inside(fdt, previous); offset >= 0;) {
    const token_t token = token_at(fdt, offset);
    if (token.kind == kBeginNode) return offset;
    if (token.kind == kEnd) break;
    offset = token.next;
  }
  return FDT_NONE;
}

fdt_node_t fdt_parent(const fdt_t* fdt, fdt_node_t node) {
  fdt_node_t open[kMaxDepth];
  int depth = 0;
  for (int32_t offset = 0; offset <= node;) {
    const token_t token = token_at(fdt, offset);
    if (token.kind == kEnd) break;
    if (token.kind == kBeginNode) {
      if (offset == node) return depth > 0 ? open[depth - 1] : FDT_NONE;
      if (depth == kMaxDepth) break;
      open[depth++] = offset;
    }
    if (token.kind == kEndNode && --depth < 0) break;
    offset = token.next;
  }
  return FDT_NONE;
}

const char* fdt_name(const fdt_t* fdt, fdt_node_t node) {
  const token_t token = token_at(fdt, node);
  return token.kind == kBeginNode ? token.name : "";
}

static bool name_matches(const char* name, const char* wanted, size_t length) {
  return strncmp(name, wanted, length) == 0 && (name[length] == 0 || name[length] == '@');
}

static fdt_node_t child_named(const fdt_t* fdt, fdt_node_t node, const char* name, size_t length) {
  for (fdt_node_t child = fdt_first_child(fdt, node); child != FDT_NONE;
       child = fdt_next_sibling(fdt, child)) {
    if (name_matches(fdt_name(fdt, child), name, length)) return child;
  }
  return FDT_NONE;
}

fdt_node_t fdt_child(const fdt_t* fdt, fdt_node_t node, const char* name) {
  return child_named(fdt, node, name, strlen(name));
}

fdt_node_t fdt_path(const fdt_t* fdt, const char* path) {
  fdt_node_t node = fdt_root(fdt);
  while (*path == '/' && node != FDT_NONE) {
    ++path;
    const size_t length = strcspn(path, "/");
    if (length > 0) node = child_named(fdt, node, path, length);
    path += length;
  }
  return node;
}

const uint8_t* fdt_property(const fdt_t* fdt, fdt_node_t node, const char* name, uint32_t* bytes) {
  for (int32_t offset = inside(fdt, node); offset >= 0;) {
    const token_t token = token_at(fdt, offset);
    if (token.kind == kProperty && strcmp(token.name, name) == 0) {
      *bytes = token.bytes;
      return token.value;
    }
    if (token.kind != kProperty && token.kind != kNop) break;
    offset = token.next;
  }
  return NULL;
}

const char* fdt_string(const fdt_t* fdt, fdt_node_t node, const char* name) {
  uint32_t bytes;
  const char* value = (const char*)fdt_property(fdt, node, name, &bytes);
  return value != NULL && string_length(value, bytes) >= 0 ? value : NULL;
}

bool fdt_is_compatible(const fdt_t* fdt, fdt_node_t node, const char* compatible) {
  uint32_t bytes;
  const char* list = (const char*)fdt_property(fdt, node, "compatible", &bytes);
  while (list != NULL && bytes > 0) {
    const int32_t length = string_length(list, bytes);
    if (length < 0) break;
    if (strcmp(list, compatible) == 0) return true;
    list += length + 1;
    bytes -= length + 1;
  }
  return false;
}

fdt_node_t fdt_next_compatible(const fdt_t* fdt, fdt_node_t previous, const char* compatible) {
  fdt_node_t node = fdt_next_node(fdt, previous);
  while (node != FDT_NONE && !fdt_is_compatible(fdt, node, compatible)) {
    node = fdt_next_node(fdt, node);
  }
  return node;
}

bool fdt_is_enabled(const fdt_t* fdt, fdt_node_t node) {
  const char* status = fdt_string(fdt, node, "status");
  return status == NULL || strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0;
}

bool fdt_u32(const fdt_t* fdt, fdt_node_t node, const char* name, uint32_t index, uint32_t* value) {
  uint32_t bytes;
  const uint8_t* cells = fdt_property(fdt, node, name, &bytes);
  if (cells == NULL || index >= bytes / 4) return false;
  *value = load32(cells + 4 * index);
  return true;
}

bool fdt_u64(const fdt_t* fdt, fdt_node_t node, const char* name, uint32_t index, uint64_t* value) {
  uint32_t bytes;
  const uint8_t* cells = fdt_property(fdt, node, name, &bytes);
  if (cells == NULL || index >= bytes / 8) return false;
  *value = load64(cells + 8 * index);
  return true;
}

static uint64_t load_cells(const uint8_t* cells, uint32_t count) {
  return count == 0 ? 0 : count == 1 ? load32(cells) : load64(cells + 4 * (count - 2));
}

bool fdt_reg(const fdt_t* fdt, fdt_node_t node, uint32_t index, uint64_t* base, uint64_t* size) {
  const fdt_node_t parent = fdt_parent(fdt, node);
  uint32_t address_cells, size_cells, bytes;
  if (!fdt_u32(fdt, parent, "#address-cells", 0, &address_cells)) address_cells = 2;
  if (!fdt_u32(fdt, parent, "#size-cells", 0, &size_cells)) size_cells = 1;
  if (address_cells < 1 || address_cells > 3 || size_cells > 2) return false;
  const uint8_t* reg = fdt_property(fdt, node, "reg", &bytes);
  const uint32_t entry = 4 * (address_cells + size_cells);
  if (reg == NULL || index >= bytes / entry) return false;
  reg += (uint64_t)index * entry;
  *base = load_cells(reg, address_cells);
  *size = load_cells(reg + 4 * address_cells, size_cells);
  return true;
}
