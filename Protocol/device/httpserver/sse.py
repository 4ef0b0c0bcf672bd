# Server-sent events from a handler, or from a thread that it starts.

from boardlink.response import event_text, stream_head


class EventSource:
    def __init__(self, conn):
        self.conn = conn
        stream_head().send(conn)
        conn.push()

    def send(self, data=":", id=None, event=None, retry=None):
        # Raises OSError(ECONNRESET) when the client has gone.
        self.conn.write(event_text(data, id, event, retry))
        self.conn.push()
