# Server-sent events from a handler.

from boardlink.response import event_text, stream_head


class EventSource:
    # eventsource = await EventSource(reader, writer)

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    def __await__(self):
        yield from stream_head().send(self.writer)
        return self

    __iter__ = __await__

    def send(self, data=":", id=None, event=None, retry=None):
        # To be awaited. Raises OSError(ECONNRESET) when the client has gone.
        self.writer.write(event_text(data, id, event, retry))
        return self.writer.drain()
