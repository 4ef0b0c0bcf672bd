# Server-sent events from a handler.

from boardlink.sse import Events


class EventSource(Events):
    # eventsource = await EventSource(reader, writer), then await eventsource.send(…)

    def __init__(self, reader, writer, shared=False):
        self.reader = reader
        self.writer = writer
        self.shared = shared

    def __await__(self):
        yield from self.begin(self.writer, self.shared)
        return self

    __iter__ = __await__
