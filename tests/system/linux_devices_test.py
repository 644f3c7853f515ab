#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Linux with the devices of the virtio slots: it reads and writes a disk, talks on a network and on a
second console, takes random numbers and the date."""

import hashlib
import random
import re
import socket
import struct
import subprocess
import threading

import console
import harness
from linux_guest import PROMPT, LinuxTest

OWN, GUEST = socket.inet_aton("10.0.0.1"), socket.inet_aton("10.0.0.2")
MAC = bytes.fromhex("020000000001")


def setUpModule():
    console.fetch_images()


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def answer(frame):
    """What a host that answers ARP and ping says to a frame, or None. [RFC 826, RFC 792]"""
    head = frame[6:12] + MAC + frame[12:14]
    if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\1" and frame[38:42] == OWN:
        return head + frame[14:20] + b"\0\2" + MAC + OWN + frame[22:32]
    if frame[12:14] == b"\x08\0" and frame[23] == 1 and frame[30:34] == OWN and frame[34] == 8:
        length = struct.unpack(">H", frame[16:18])[0]
        echo = b"\0\0\0\0" + frame[38:14 + length]
        echo = echo[:2] + struct.pack(">H", checksum(echo + b"\0" * (len(echo) % 2))) + echo[4:]
        return head + frame[14:26] + OWN + GUEST + echo
    return None


class Host(threading.Thread):
    """Somebody to ping, at the other end of the cable."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.start()

    def run(self):
        peer, _ = self.listener.accept()
        with self.listener, peer, peer.makefile("rb") as frames:
            while len(head := frames.read(4)) == 4:
                said = answer(frames.read(struct.unpack(">I", head)[0]))
                if said:
                    peer.sendall(struct.pack(">I", len(said)) + said)


class Devices(LinuxTest):
    def disk(self, files):
        """An ext4 file system of 16 MiB, made without root."""
        tree = self.dir / "tree"
        tree.mkdir()
        for name, content in files.items():
            (tree / name).write_bytes(content)
        subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-d", tree, "disk.img", "16M"], cwd=self.dir,
                       check=True, capture_output=True)
        return self.dir / "disk.img"

    def test_devices(self):
        content = random.Random(1).randbytes(1_000_000)
        disk = self.disk({"hello": b"read from a disk\n", "large": content})
        Host(self.dir / "lan")
        # Only the host's own DRAM: what is behind a link takes the kernel longer to start in.
        guest = self.boot(
            "--boot", "direct", "--drive", f"file={disk},format=raw", "--device", "virtio-rng-device",
            "--device", "virtio-net-device,to=unix:lan", "--pcap", "pcap",
            "--device", "virtio-console-device,to=file:second", initrd="initramfs-devices.gz", append="mem=2G")

        def says(command):
            said = guest.command(command, PROMPT)
            return re.sub(r"^ *[\d.]+ ms simulated.*MIPS", "", said, flags=re.M).strip()

        says("dmesg -n 1; mkdir /mnt; mount -t ext4 /dev/vda /mnt")
        self.assertEqual(says("cat /mnt/hello"), "read from a disk")
        self.assertEqual(says("md5sum < /mnt/large").split()[0], hashlib.md5(content).hexdigest())
        says("tr a-z A-Z < /mnt/hello > /mnt/shouted; umount /mnt")
        self.assertEqual(says("cat /sys/class/misc/hw_random/rng_current"), "virtio_rng.0")
        self.assertEqual(says("head -c 8 /dev/hwrng | wc -c"), "8")
        self.assertEqual(says("date -u +%Y-%m-%d"), "2026-01-01")
        says("ip link set eth0 up; ip addr add 10.0.0.2/24 dev eth0")
        self.assertIn("3 packets transmitted, 3 packets received", says("ping -c 3 -s 1400 10.0.0.1"))
        says("echo from the second console > /dev/hvc0")
        self.power_off(guest)
        self.assertEqual((self.dir / "second").read_bytes(), b"from the second console\r\n")
        self.assertGreater((self.dir / "pcap").stat().st_size, 6 * 1400)
        shouted = subprocess.run(["/sbin/debugfs", "-R", "cat /shouted", disk], capture_output=True, check=True)
        self.assertEqual(shouted.stdout, b"READ FROM A DISK\n")
        subprocess.run(["/sbin/e2fsck", "-fn", disk], capture_output=True, check=True)


if __name__ == "__main__":
    harness.main()
