# Sends a file in pieces, so that its size costs no memory.


async def sendfile(writer, filename):
    buffer = bytearray(512)
    view = memoryview(buffer)
    with open(filename, "rb") as file:
        while True:
            n = file.readinto(buffer)
            if not n:
                break
            writer.write(view[:n])
            await writer.drain()
