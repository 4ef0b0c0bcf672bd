# CRC-32 where the firmware has none, in two halves: a whole one would be an object on the heap.

# fmt: off
LOW = (
    0, 4196, 8392, 12460, 16784, 20980, 24920, 28988,
    33568, 37700, 41960, 45964, 49840, 53972, 57976, 61980,
)
HIGH = (
    0, 7607, 15214, 9945, 30428, 27499, 19890, 20485,
    60856, 61455, 54998, 52065, 39780, 34515, 40970, 48573,
)
# fmt: on


def crc32(data, c):
    x, y = c or (65535, 65535)
    for n in data:
        x ^= n
        n = x & 15
        x = (x >> 4 | (y & 15) << 12) ^ LOW[n]
        y = y >> 4 ^ HIGH[n]
        n = x & 15
        x = (x >> 4 | (y & 15) << 12) ^ LOW[n]
        y = y >> 4 ^ HIGH[n]
    return x, y


def digits(c):
    x, y = c or (65535, 65535)
    return "%04x%04x" % (65535 - y, 65535 - x)
