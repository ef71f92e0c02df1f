/*
 * Lets the files of a desktop have the times of its clock. libfaketime shifts what programs take for the present; a
 * file is stamped by the kernel, which knows the true time only. Preloaded before libfaketime: what was stamped since
 * the desktop began (DESKHAND_CLOCK_SINCE, s since 1970) is shifted by its clock's offset (FAKETIME, s). What came
 * with the image, and times that a program has set itself, stay as they are.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

static long long since, offset;

static long long from_environment(const char *name) {
  const char *text = getenv(name);
  return text == NULL ? 0 : (long long)(strtod(text, NULL) * SECOND);
}

static long long shifted(long long stamp) {
  struct timespec now;
  if (since == 0) {
    offset = from_environment("FAKETIME");
    since = from_environment("DESKHAND_CLOCK_SINCE");
  }
  if (stamp < since) return stamp;
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  return stamp > now.tv_sec * SECOND + now.tv_nsec ? stamp : stamp + offset;
}

static void shift_timespec(struct timespec *time) {
  long long stamp = shifted(time->tv_sec * SECOND + time->tv_nsec);
  time->tv_sec = stamp / SECOND;
  time->tv_nsec = stamp % SECOND;
}

static void shift_statx(struct statx_timestamp *time) {
  long long stamp = shifted(time->tv_sec * SECOND + time->tv_nsec);
  time->tv_sec = stamp / SECOND;
  time->tv_nsec = stamp % SECOND;
}

int statx(int folder, const char *path, int flags, unsigned int mask, struct statx *out) {
  int result = syscall(SYS_statx, folder, path, flags, mask, out);
  if (result == 0) {
    shift_statx(&out->stx_atime);
    shift_statx(&out->stx_btime);
    shift_statx(&out->stx_ctime);
    shift_statx(&out->stx_mtime);
  }
  return result;
}

int fstatat(int folder, const char *path, struct stat *out, int flags) {
  int result = syscall(SYS_newfstatat, folder, path, out, flags);
  if (result == 0) {
    shift_timespec(&out->st_atim);
    shift_timespec(&out->st_ctim);
    shift_timespec(&out->st_mtim);
  }
  return result;
}

int stat(const char *path, struct stat *out) { return fstatat(AT_FDCWD, path, out, 0); }
int lstat(const char *path, struct stat *out) { return fstatat(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW); }
int fstat(int file, struct stat *out) { return fstatat(file, "", out, AT_EMPTY_PATH); }

/* On the 64-bit architectures the large-file names mean the same structures. */
int fstatat64(int folder, const char *path, struct stat64 *out, int flags) {
  return fstatat(folder, path, (struct stat *)out, flags);
}
int stat64(const char *path, struct stat64 *out) { return stat(path, (struct stat *)out); }
int lstat64(const char *path, struct stat64 *out) { return lstat(path, (struct stat *)out); }
int fstat64(int file, struct stat64 *out) { return fstat(file, (struct stat *)out); }
