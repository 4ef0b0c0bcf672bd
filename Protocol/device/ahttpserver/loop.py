# The link's place in asyncio's event loop: its input is looked at where the loop waits for I/O, with no
# task of its own to be woken, and what the board owes the host is sent before the loop sleeps.

from asyncio import core, create_task, sleep_ms
from select import POLLIN, POLLOUT


class LinkQueue(core.IOQueue):
    # Takes the place of asyncio.core._io_queue; sockets and other streams work as before.

    def __init__(self, link, replaced):
        core.IOQueue.__init__(self)
        self.link = link
        self.waiting = core.TaskQueue()  # tasks that wait for a change on the link
        self.idle = 0
        for key in replaced.map:
            entry = self.map[key] = replaced.map[key]
            if entry:
                self.poller.register(entry[2], (entry[0] and POLLIN or 0) | (entry[1] and POLLOUT or 0))
        self.map[id(link.source)] = None  # a loop with an empty map ends
        self.poller.register(link.source, POLLIN)

    def leave(self):
        self.poller.unregister(self.link.source)
        self.map.pop(id(self.link.source))

    def wait_io_event(self, dt):
        # Without a task that sleeps, dt is -1, and the loop counts on one that is ready afterwards.
        self._wait(dt)
        while dt < 0 and not core._task_queue.peek():
            self._wait(dt)

    def _wait(self, dt):
        link = self.link
        if link.owe:
            # Tasks that are ready run first: what they send carries the acknowledgement.
            self.idle += 1
            if dt or self.idle > 8:
                link.acknowledge()
        for source, events in self.poller.ipoll(dt):
            if source is link.source:
                self.idle = 0
                self.receive()
                continue
            entry = self.map[id(source)]
            for i, event in ((0, POLLOUT), (1, POLLIN)):
                if events & ~event and entry[i] is not None:
                    core._task_queue.push(entry[i])
                    entry[i] = None
            if entry[0] is None and entry[1] is None:
                self._dequeue(source)
            else:
                self.poller.modify(source, POLLOUT if entry[0] is None else POLLIN)

    def receive(self):
        link = self.link
        for _ in range(32):  # then tasks get their turn
            if link.step() is None:
                # Nobody holds the line's other end, and poll() would say so without a pause.
                self.poller.unregister(link.source)
                create_task(self._return())
                break
            if not link.ready(0):
                break
        if link.held:
            link.held = False
            for stream in link.streams:
                if stream and stream.out and not stream.flush():
                    link.held = True
        waiting = self.waiting
        while waiting.peek():
            core._task_queue.push(waiting.pop())

    async def _return(self):
        await sleep_ms(100)
        if id(self.link.source) in self.map:
            self.poller.register(self.link.source, POLLIN)
