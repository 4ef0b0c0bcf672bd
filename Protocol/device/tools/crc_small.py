# CRC-32 where the firmware has none, in its four bytes, the lowest first: a number above 30 bits would be an
# object on a small heap. Each byte has a table, which is made of its elements 1, 2, 4 … 128.


def table(elements):
    t = bytearray(256)
    n = 1
    for x in elements:
        for i in range(n):
            t[n + i] = t[i] ^ x
        n *= 2
    return t


A = table(b"\x96,\x192d\xc8\x90 ")
B = table(b"0a\xc4\x88\x10 A\x83")
C = table(b"\x07\x0em\xdb\xb7n\xdc\xb8")
D = table(b"w\xee\x07\x0e\x1d;v\xed")


def crc32(data, c):
    w, x, y, z = c or (255, 255, 255, 255)
    for n in data:
        n ^= w
        w = x ^ A[n]
        x = y ^ B[n]
        y = z ^ C[n]
        z = D[n]
    return w, x, y, z


def digits(c):
    w, x, y, z = c or (255, 255, 255, 255)
    return "%02x%02x%02x%02x" % (255 - z, 255 - y, 255 - x, 255 - w)
