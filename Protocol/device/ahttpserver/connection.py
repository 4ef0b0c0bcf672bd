# What a handler gets as its reader and its writer: one object on one stream of the link.
#
# Each method that can wait is a generator, which is what MicroPython awaits.

from asyncio import core

from boardlink.stream import Stream


class Connection(Stream):
    def _wait(self):
        # For a change on the link.
        waiting = core._io_queue.waiting
        waiting.push(core.cur_task)
        core.cur_task.data = waiting
        yield

    # As writer

    def write(self, data):
        Stream.write(self, data)
        link = self.link
        if len(self.out) >= link.room:
            self.flush()
        elif link.stepping is not self:
            link.held = True  # nothing else would send what another task wrote

    def awrite(self, data, start=0, n=-1):
        self.write(data[start:][: n if n >= 0 else None])
        return self.drain()

    awritestr = awrite

    def drain(self):
        self.check()
        if self.link.stepping is not self or len(self.out) >= self.link.room:
            while not self.flush():
                yield from self._wait()
                self.check()

    push = drain

    def close(self):
        self.flush(True)

    def wait_closed(self):
        while not self.flush(True):
            yield from self._wait()

    aclose = wait_closed

    def get_extra_info(self, name):
        return (self.request.peer, 0) if name == "peername" else None

    # As reader

    def read(self, n=-1, line=False):
        # n bytes, less only at the end of the body; all of the body when n is negative; or a line.
        data = b""
        while True:
            want = n - len(data) if n >= 0 else n
            if line:
                want = self.body.find(b"\n") + 1 or -1
            data += self.take(want)
            if len(data) == n or line and want > 0:
                return data
            if not self.body:
                self.check()
                if self.complete:
                    return data
                yield from self._wait()

    def readline(self):
        return self.read(-1, True)

    def readexactly(self, n):
        data = yield from self.read(n)
        if len(data) < n:
            raise EOFError
        return data

    def readinto(self, buffer):
        data = yield from self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
