# The checksum of a file. Needs crc.


def checksum(path):
    c = 0
    with open(path, "rb") as f:
        data = 1
        while data:
            data = f.read(128)
            c = crc32(data, c)
    return digits(c)
