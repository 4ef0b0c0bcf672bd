# What a handler gets as its reader and its writer: one object on one stream of the link.
#
# Each method that can wait is a generator, which is what MicroPython awaits.

from boardlink.stream import Stream

from asyncio import core


class Connection(Stream):
    stepping = False  # while the handler's own code runs: what it wrote goes out when it pauses

    def _wait(self):
        waiting = core._io_queue.waiting
        waiting.push(core.cur_task)
        core.cur_task.data = waiting
        yield

    # As writer

    def drain(self):
        self.check()
        if not self.stepping or len(self.out) >= self.link.room:
            while not self.flush():
                yield from self._wait()
                self.check()

    def close(self):
        self.flush(True)

    def wait_closed(self):
        while not self.flush(True):
            yield from self._wait()

    def get_extra_info(self, name):
        return (self.request.peer, 0) if name == "peername" else None

    # As reader

    def _more(self):
        # Waits for a change; False at the end of the body.
        self.check()
        if self.complete:
            return False
        yield from self._wait()
        return True

    def read(self, n=-1):
        # n bytes, less only at the end of the body; all of the body when n is negative.
        data = self.take(n if n >= 0 else len(self.body))
        while len(data) < n or n < 0:
            if not self.body and not (yield from self._more()):
                break
            data += self.take(n - len(data) if n >= 0 else len(self.body))
        return data

    def readexactly(self, n):
        data = yield from self.read(n)
        if len(data) < n:
            raise EOFError
        return data

    def readinto(self, buffer):
        data = yield from self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readline(self):
        data = b""
        while True:
            i = self.body.find(b"\n")
            data += self.take(i + 1 if i >= 0 else len(self.body))
            if i >= 0 or not (yield from self._more()):
                return data
