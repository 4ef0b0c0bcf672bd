# Server-sent events: what both servers share.

from .server import HTTPResponse


class Events:
    def begin(self, writer, shared):
        # shared: the gateway may give this stream to everybody who asks for the same URL.
        self.writer = writer
        header = {"Cache-Control": "no-cache"}
        if shared:
            header["Boardwalk-Share"] = "events"
        return HTTPResponse(200, "text/event-stream", header=header).send(writer)

    def send(self, data=":", id=None, event=None, retry=None):
        # Raises OSError(ECONNRESET) when the client has gone.
        text = "data: %s\n\n" % data
        if retry is not None:
            text = "retry: %s\n" % retry + text
        if event is not None:
            text = "event: %s\n" % event + text
        if id is not None:
            text = "id: %s\n" % id + text
        writer = self.writer
        writer.write(text)
        # push() is ours; drain() is all that a writer of the user's has, if that.
        return getattr(writer, "push", getattr(writer, "drain", dict))()
