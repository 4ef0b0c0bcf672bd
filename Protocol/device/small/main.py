# The board's program for the smallest boards: the package is loaded first, while the heap is empty. Handlers
# are in program.py, with their `app = HTTPServer()`.

import httpserver  # noqa: F401, I001
from program import app

app.start()
