// <asm/termbits.h> and <termios.h> define the same names, so this file cannot use the latter.
#include "CSerialIO.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <linux/serial.h>
#include <sys/ioctl.h>

int boardwalk_set_rate(int descriptor, unsigned int rate) {
  struct termios2 settings;
  if (ioctl(descriptor, TCGETS2, &settings) != 0) return errno;
  settings.c_cflag &= ~(CBAUD | (CBAUD << IBSHIFT));
  settings.c_cflag |= BOTHER | (BOTHER << IBSHIFT);
  settings.c_ispeed = rate;
  settings.c_ospeed = rate;
  return ioctl(descriptor, TCSETS2, &settings) == 0 ? 0 : errno;
}

int boardwalk_get_rate(int descriptor, unsigned int *input, unsigned int *output) {
  struct termios2 settings;
  if (ioctl(descriptor, TCGETS2, &settings) != 0) return errno;
  *input = settings.c_ispeed;
  *output = settings.c_ospeed;
  return 0;
}

int boardwalk_set_low_latency(int descriptor) {
  struct serial_struct serial;
  if (ioctl(descriptor, TIOCGSERIAL, &serial) != 0) return errno;
  if (serial.flags & ASYNC_LOW_LATENCY) return 0;
  serial.flags |= ASYNC_LOW_LATENCY;
  return ioctl(descriptor, TIOCSSERIAL, &serial) == 0 ? 0 : errno;
}
