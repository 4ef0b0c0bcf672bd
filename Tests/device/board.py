# A Link without a server around it: requests are only recorded. For tests of the link alone.

from host import ACK, CANCEL, DATA, Host
from line import Line

from boardlink.link import Link
from boardlink.stream import Stream

EVENT = 13 << 3  # as the link's methods take it


class Board:
    def __init__(self, line=Line, body=64, slots=8, streams=4, nonce=None, hello=True):
        self.line = line()
        self.host = Host(self.line)
        self._routes = {}  # the Link sends them
        self.begun = []  # streams in the order of their requests
        self.link = Link(self, "tests", self.line, body, slots, streams)
        if hello:
            self.host.hello(nonce)
            self.run()
            self.host.take()

    def _begin(self, link, number, head, body, complete):
        stream = Stream(link, number, body, complete)
        stream.head = head
        self.begun.append(stream)
        return stream

    def run(self):
        # As a server's loop: reads all that is there, then acknowledges if no frame has.
        while self.line.input:
            self.link.step()
        if self.link.owe:
            self.link.acknowledge()

    def fill(self, frames=1000):
        # Sends events until the slots are full, or so many; returns how many went.
        for n in range(frames):
            if not self.link.send(EVENT, 0, b"e\n%d" % n):
                return n
        return frames

    def after(self, number):
        # Brings the board's numbers to this one, all acknowledged.
        host = self.host
        while host.acknowledged != number:
            if host.expected != number:
                self.fill(1)
            host.ack()
            self.run()
        host.take()

    def before(self, number):
        # Brings the host's numbers to this one, with frames on a stream that is over.
        while self.host.next != number:
            self.host.send(DATA, b"", 127 if self.host.next else 126)
            self.run()
        self.host.take()

    def answers(self):
        # The frames that the board sends upon what came, without CANCEL on streams that are refused.
        self.run()
        return [frame for frame in self.host.take() if frame.kind not in (ACK, CANCEL)]
