/*
 * Makes every fsync and fdatasync of the process it is preloaded into take BENCH_FSYNC_DELAY_US longer:
 * a fast local disk then behaves like a network volume, and a server that waits for the disk in the wrong place
 * shows it. The delay comes before the real call, which still happens.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void delay(void) {
  static long microseconds = -1;
  if (microseconds < 0) {
    const char *text = getenv("BENCH_FSYNC_DELAY_US");
    microseconds = text == NULL ? 0 : atol(text);
  }
  if (microseconds > 0) usleep((useconds_t)microseconds);
}

typedef int (*sync_call)(int);

int fsync(int fd) {
  static sync_call real;
  if (real == NULL) real = (sync_call)dlsym(RTLD_NEXT, "fsync");
  delay();
  return real(fd);
}

int fdatasync(int fd) {
  static sync_call real;
  if (real == NULL) real = (sync_call)dlsym(RTLD_NEXT, "fdatasync");
  delay();
  return real(fd);
}
