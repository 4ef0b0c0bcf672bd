# Server-sent events from a handler, or from a thread that it starts.

from boardlink.sse import Events


class EventSource(Events):
    def __init__(self, conn, shared=False):
        self.begin(conn, shared)
        conn.push()
