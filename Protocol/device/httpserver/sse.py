# Server-sent events from a handler, or from a thread that it starts.

from boardlink.sse import Events


class EventSource(Events):
    def __init__(self, conn, shared=False):
        self.conn = conn
        self.begin(conn, shared)
        getattr(conn, "push", dict)()
