# CRC-32 by the firmware.

from binascii import crc32


def digits(c):
    return "%08x" % c
