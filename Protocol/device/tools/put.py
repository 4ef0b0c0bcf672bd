# Takes files, one after another. Needs line, crc, checksum and disk.
#
# The host sends pieces: two bytes with the length, and whether 03 and 10 are escaped, then so many bytes. They
# come in blocks, each of which is acknowledged, so that the host may send another one. The last of a piece is
# when all is dealt with: a board that writes to its flash may lose what comes in meanwhile.


def receive(block):
    a, b = take(2)
    left = a & 127 | (b & 63) << 7
    data = b""
    while left:
        n = min(left, block)
        data += take(n)
        left -= n
        if left:
            say(b".")
    if b & 64:
        data = data.replace(b"\x10C", b"\x03").replace(b"\x10P", b"\x10")
    return data


def discard(f, path):
    for clean in f.close, lambda: os.remove(path):
        try:
            clean()
        except OSError:
            pass


def store(path, new, size, crc, hold, block):
    # Nothing is left behind when it fails.
    f = open(new, "wb")
    try:
        c = 0
        while size > 0:
            data = receive(block)
            f.write(data)
            c = crc32(data, c)
            size -= len(data)
            say(b".")
        f.close()
        if digits(c) != crc:
            os.remove(new)
            say(b"!\n")
        else:
            if not hold and new != path:
                replace(path, new)
            say(b"*\n")
    except BaseException:
        drain()
        discard(f, new)
        raise


def main(block):
    while True:
        # new is the name that the file has until it is complete, directory where they both are, and made are
        # the directories that lead there and may be missing.
        path, new, size, crc, hold, made, directory, clears = eval(receive(block))
        if not path:
            return
        for name in made:
            try:
                os.mkdir(name)
            except OSError:
                pass
        if clears:
            # What is left of an upload that broke off.
            for name, _, _ in list(entries(directory)):
                if name.split("/")[-1][:10] == ".boardwalk":
                    os.remove(name)
        found = look(path)
        if found and found[0]:
            say(b"/\n")
        elif found and found[1] == size and checksum(path) == crc:
            say(b"=\n")
        else:
            free = room(directory)
            if free is not None and free < size:
                say("-%d\n" % free)
            else:
                say("+%d\n" % (found[1] if found else 0))
                store(path, new, size, crc, hold, block)
