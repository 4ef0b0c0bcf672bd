# Response heads and event texts in the link's compact form.


class HTTPResponse:
    def __init__(self, status, mimetype=None, close=True, header=None):
        # close is the seed's; here the gateway keeps the client's connection as it sees fit.
        self.status = status
        self.mimetype = mimetype
        self.close = close
        self.header = {} if header is None else header

    def send(self, writer):
        text = str(self.status)
        if self.mimetype is not None:
            text += " " + self.mimetype
        for name in self.header:
            text += "\n%s: %s" % (name, self.header[name])
        writer.write(text + "\n\n")
        return writer.drain()


def stream_head():
    return HTTPResponse(200, "text/event-stream", False, {"Cache-Control": "no-cache"})


def event_text(data, id, event, retry):
    text = "data: %s\n\n" % data
    if retry is not None:
        text = "retry: %s\n" % retry + text
    if event is not None:
        text = "event: %s\n" % event + text
    if id is not None:
        text = "id: %s\n" % id + text
    return text
