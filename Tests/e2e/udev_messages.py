"""Device events on netlink, as the kernel and udevd send them; to this network namespace alone.

Both need the rights of root in the user namespace that owns the network namespace.
"""

import socket
import struct

_UEVENT = 15  # NETLINK_KOBJECT_UEVENT
_UDEV_GROUP = 2
_MASK = 0xFFFFFFFF


def _hash(text):
    """MurmurHash2 with the seed 0, by which libudev's socket filters compare names."""
    data = text.encode()
    factor = 0x5BD1E995
    value = len(data)
    whole = len(data) & ~3
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        word = word * factor & _MASK
        word = (word ^ word >> 24) * factor & _MASK
        value = value * factor & _MASK ^ word
    if whole < len(data):
        value = (value ^ int.from_bytes(data[whole:], "little")) * factor & _MASK
    value = (value ^ value >> 13) * factor & _MASK
    return value ^ value >> 15


def _lines(properties):
    return b"".join(key.encode() + b"=" + value + b"\0" for key, value in properties.items())


class Messages:
    """Sends events. Properties are a dict of bytes by name, with ACTION, DEVPATH and SUBSYSTEM."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _UEVENT)
        self.socket.bind((0, 0))

    def from_udevd(self, properties):
        """To those who listen to udevd. Takes the layout of libudev's monitor header:

        "libudev\\0", magic (big-endian), header size, offset and length of the properties (the
        machine's order), hash of the subsystem, of the device type, and two words of a tag filter
        (big-endian).
        """
        body = _lines(properties)
        kind = properties.get("DEVTYPE")
        header = struct.pack("=8s4sIII", b"libudev\0", b"\xfe\xed\xca\xfe", 40, 40, len(body))
        header += struct.pack(
            ">IIII", _hash(properties["SUBSYSTEM"].decode()), _hash(kind.decode()) if kind else 0, 0, 0
        )
        self.to_listeners(header + body)

    def to_listeners(self, message):
        """Any bytes, to those who listen to udevd."""
        try:
            self.socket.sendto(message, (0, _UDEV_GROUP))
        except ConnectionRefusedError:
            pass  # nobody listens

    def from_kernel(self, properties):
        """To those who listen to the kernel.

        A uevent that is sent to the kernel's own socket comes back from the kernel to everybody in
        the namespace (since Linux 4.18), with a SEQNUM. libudev believes no other sender.
        """
        body = properties["ACTION"] + b"@" + properties["DEVPATH"] + b"\0" + _lines(properties)
        # Length, type NLMSG_MIN_TYPE, flag NLM_F_REQUEST, sequence number, port.
        self.socket.sendto(struct.pack("=IHHII", 16 + len(body), 0x10, 1, 0, 0) + body, (0, 0))
