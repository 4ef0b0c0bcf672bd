# A board whose program does not serve.

import time

while True:
    time.sleep(1)
