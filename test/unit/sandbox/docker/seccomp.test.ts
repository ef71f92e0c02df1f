import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { browserSeccomp } from '../../../../src/sandbox/docker/seccomp.ts';

const argument = z.object({
  index: z.number(),
  value: z.number(),
  valueTwo: z.number().optional(),
  op: z.string(),
});
const profile = z
  .object({
    defaultAction: z.string(),
    defaultErrnoRet: z.number(),
    syscalls: z.array(
      z.object({
        names: z.array(z.string()),
        action: z.string(),
        errnoRet: z.number().optional(),
        args: z.array(argument).optional(),
      }),
    ),
  })
  .parse(JSON.parse(browserSeccomp));

/** seccomp(2): an argument has 64 bits; none of those asked here has more than 32 set. */
function matches({ index, value, valueTwo, op }: z.infer<typeof argument>, args: readonly number[]): boolean {
  const given = BigInt(args[index] ?? 0);
  if (op === 'SCMP_CMP_EQ') return given === BigInt(value);
  return (given & BigInt(value)) === BigInt(valueTwo ?? -1);
}

function verdict(name: string, ...args: readonly number[]): string {
  const rule = profile.syscalls.find(
    ({ names, args: wanted = [] }) => names.includes(name) && wanted.every((one) => matches(one, args)),
  );
  return rule?.action ?? profile.defaultAction;
}

const ALLOW = 'SCMP_ACT_ALLOW';
const ERRNO = 'SCMP_ACT_ERRNO';
const flags = {
  thread: 0x3d0f00,
  newTime: 0x80,
  newMount: 0x2_0000,
  newCgroup: 0x200_0000,
  newUts: 0x400_0000,
  newIpc: 0x800_0000,
  newUser: 0x1000_0000,
  newPid: 0x2000_0000,
  newNet: 0x4000_0000,
};

describe('the seccomp profile for a browser', () => {
  it('denies what it does not name', () => {
    expect([profile.defaultAction, profile.defaultErrnoRet]).toEqual([ERRNO, 1]);
  });

  it.each([
    ['clone of a thread', 'clone', [flags.thread], ALLOW],
    [
      'clone with the namespaces of Chromium',
      'clone',
      [flags.newUser + flags.newPid + flags.newNet + 17],
      ALLOW,
    ],
    ['clone with a mount namespace', 'clone', [flags.newUser + flags.newMount], ERRNO],
    ['clone with a cgroup namespace', 'clone', [flags.newCgroup], ERRNO],
    ['clone with a host name of its own', 'clone', [flags.newUts], ERRNO],
    ['clone with an IPC namespace', 'clone', [flags.newIpc], ERRNO],
    ['clone3, whose flags cannot be seen', 'clone3', [], ERRNO],
    ['unshare of the users', 'unshare', [flags.newUser], ALLOW],
    ['unshare of users and mounts', 'unshare', [flags.newUser + flags.newMount], ERRNO],
    ['unshare of the network', 'unshare', [flags.newNet], ERRNO],
    ['unshare of the time', 'unshare', [flags.newTime], ERRNO],
    ['a Unix socket', 'socket', [1, 5, 0], ALLOW],
    ['a socket of IPv4', 'socket', [2, 1, 6], ALLOW],
    ['a socket of IPv6', 'socket', [10, 1, 6], ALLOW],
    ['a netlink socket for routes', 'socket', [16, 3, 0], ALLOW],
    ['a netlink socket for netfilter', 'socket', [16, 3, 12], ERRNO],
    ['a packet socket', 'socket', [17, 3, 0], ERRNO],
    ['a socket of the crypto interface', 'socket', [38, 5, 0], ERRNO],
    ['a socket to the host of a virtual machine', 'socket', [40, 1, 0], ERRNO],
    ['32-bit addresses', 'personality', [8], ALLOW],
    ['executable data', 'personality', [0x40_0000], ERRNO],
  ] as const)('%s', (_name, call, args, expected) => {
    expect(verdict(call, ...args)).toBe(expected);
  });

  const dangerous = `mount umount2 pivot_root move_mount open_tree fsopen fsmount setns open_by_handle_at name_to_handle_at
    bpf perf_event_open ptrace process_vm_readv kcmp userfaultfd io_uring_setup modify_ldt keyctl add_key request_key
    kexec_load init_module finit_module reboot swapon syslog iopl ioperm settimeofday clock_settime sethostname quotactl
    acct`;

  it.each(dangerous.split(/\s+/))('denies %s', (call) => {
    expect(verdict(call)).toBe(ERRNO);
  });
});
