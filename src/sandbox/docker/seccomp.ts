/**
 * The system calls of a sandbox in which a browser runs. Chromium's own sandbox needs a user namespace, which the
 * engines' default profiles deny to containers without privileges; all else is stricter than those: native system
 * calls only, no ptrace, no io_uring, no keys, and sockets of four kinds.
 * The form is that of runc: https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp
 */
interface Argument {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: 'SCMP_CMP_EQ' | 'SCMP_CMP_MASKED_EQ';
}

interface Rule {
  readonly names: readonly string[];
  readonly action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
  readonly errnoRet?: number;
  readonly args?: readonly Argument[];
}

const EPERM = 1;
const ENOSYS = 38;

/** sched.h. The namespaces that a process may make: its own users, pids and network. */
const CLONE_NEWUSER = 0x1000_0000;
const MOUNT_CGROUP_UTS_IPC = 0x0002_0000 + 0x0200_0000 + 0x0400_0000 + 0x0800_0000;
const ALL_FLAGS = 0xffff_ffff;

/** socket.h */
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;

/** personality.h: Linux as it is, with 32-bit addresses, the question, and the two with fixed addresses. */
const PERSONALITIES = [0, 8, 0x20000, 0x20008, ALL_FLAGS];

const calls = `
accept accept4 access alarm arch_prctl bind brk capget capset chdir chmod chown chroot clock_getres clock_gettime
clock_nanosleep close close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl
epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64
fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fork fremovexattr
fsetxattr fstat fstatfs fsync ftruncate futex futex_wait futex_wake futex_waitv futimesat get_robust_list
get_thread_area getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp
getpid getppid getpriority getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid
gettimeofday getuid getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy
io_getevents io_pgetevents io_setup io_submit ioctl ioprio_get ioprio_set kill landlock_add_rule
landlock_create_ruleset landlock_restrict_self lchown lgetxattr link linkat listen listxattr llistxattr lremovexattr lseek
lsetxattr lstat madvise membarrier memfd_create mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mprotect
mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock
munlockall munmap nanosleep newfstatat open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc
pkey_free pkey_mprotect poll ppoll prctl pread64 preadv preadv2 prlimit64 process_mrelease pselect6 pwrite64 pwritev
pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg recvmsg removexattr rename renameat renameat2
restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam
sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto
set_robust_list set_thread_area set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setpriority
setregid setresgid setresuid setreuid setrlimit setsid setsockopt setuid setxattr shmat shmctl shmdt shmget shutdown
sigaltstack signalfd signalfd4 socketpair splice stat statfs statx symlink symlinkat sync sync_file_range syncfs sysinfo
tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime
timerfd_settime times tkill truncate umask uname unlink unlinkat utime utimensat utimes vfork vmsplice wait4 waitid
write writev`;

const isEqual = (index: number, value: number): Argument => ({ index, value, op: 'SCMP_CMP_EQ' });
/** None of the bits of `mask` is set. */
const hasNone = (index: number, mask: number): Argument => ({
  index,
  value: mask,
  valueTwo: 0,
  op: 'SCMP_CMP_MASKED_EQ',
});
const allow = (name: string, ...args: readonly Argument[]): Rule => ({
  names: [name],
  action: 'SCMP_ACT_ALLOW',
  args,
});

const rules: readonly Rule[] = [
  { names: calls.trim().split(/\s+/), action: 'SCMP_ACT_ALLOW' },
  allow('clone', hasNone(0, MOUNT_CGROUP_UTS_IPC)),
  // Its flags are out of a filter's sight; libc falls back to clone.
  { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
  allow('unshare', hasNone(0, ALL_FLAGS - CLONE_NEWUSER)),
  ...[AF_UNIX, AF_INET, AF_INET6].map((family) => allow('socket', isEqual(0, family))),
  allow('socket', isEqual(0, AF_NETLINK), isEqual(2, NETLINK_ROUTE)),
  ...PERSONALITIES.map((persona) => allow('personality', isEqual(0, persona))),
];

/** The profile as the engine takes it in a security option, inline. */
export const browserSeccomp = JSON.stringify({
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: EPERM,
  archMap: [{ architecture: 'SCMP_ARCH_X86_64' }, { architecture: 'SCMP_ARCH_AARCH64' }],
  syscalls: rules,
});
