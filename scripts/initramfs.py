# SPDX-License-Identifier: Apache-2.0
"""cpio archives, format `newc`, as Linux unpacks them at its start; device nodes need no root."""


def archive(*members):
    """Of (path, mode, content, device) each."""
    out = b""
    for number, (name, mode, data, device) in enumerate([*members, ("TRAILER!!!", 0, b"", (0, 0))], 1):
        path = name.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(path), 0)
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + path
        out += head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)
    return out


def folder(name):
    return name, 0o40755, b"", (0, 0)


def program(name, content):
    return name, 0o100755, content, (0, 0)


def character_device(name, major, minor):
    return name, 0o20600, b"", (major, minor)
