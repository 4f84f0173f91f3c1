/*
 * Loaded before the C library: ends the process, or fails, at the n-th call that changes a file of the store.
 * FAULT_AT: n. FAULT_HOW: kill (half of a write is done before), full (ENOSPC from then on), once (EIO, once).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long calls = 0;

static int is_store(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strstr(path, "/usage.sqlite3") != NULL;
}

/* 0: go on; 1: fail. */
static int fault(int fd, const void *bytes, size_t size, off64_t offset) {
  const char *at = getenv("FAULT_AT"), *how = getenv("FAULT_HOW");
  if (at == NULL || how == NULL || !is_store(fd)) return 0;
  long n = ++calls;
  if (n < atol(at)) return 0;
  if (how[0] == 'k') {
    ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    if (bytes != NULL && n % 2 == 0) real(fd, bytes, size / 2, offset);
    kill(getpid(), SIGKILL);
    pause();
  }
  if (how[0] == 'o' && n > atol(at)) return 0;
  errno = how[0] == 'f' ? ENOSPC : EIO;
  return 1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
  static ssize_t (*real)(int, const void *, size_t, off64_t) = NULL;
  if (real == NULL) real = dlsym(RTLD_NEXT, "pwrite64");
  return fault(fd, bytes, size, offset) ? -1 : real(fd, bytes, size, offset);
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) { return pwrite64(fd, bytes, size, offset); }

#define CHANGES(name, parameters, arguments, fd)                 \
  int name parameters {                                          \
    static int(*real) parameters = NULL;                         \
    if (real == NULL) real = dlsym(RTLD_NEXT, #name);            \
    return fault(fd, NULL, 0, 0) ? -1 : real arguments;          \
  }
CHANGES(ftruncate, (int fd, off_t size), (fd, size), fd)
CHANGES(ftruncate64, (int fd, off64_t size), (fd, size), fd)
CHANGES(fsync, (int fd), (fd), fd)
CHANGES(fdatasync, (int fd), (fd), fd)
