# Sends a file in pieces, so that its size costs no memory.


def sendfile(conn, filename):
    buffer = bytearray(512)
    view = memoryview(buffer)
    with open(filename, "rb") as file:
        while True:
            n = file.readinto(buffer)
            if not n:
                break
            conn.write(view[:n])
