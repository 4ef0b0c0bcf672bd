# Sends a file in pieces.


def sendfile(conn, filename):
    with open(filename, "rb") as f:
        data = f.read(64)
        while data:
            conn.write(data)
            data = f.read(64)
