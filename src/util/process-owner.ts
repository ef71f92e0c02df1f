import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { errorCode } from './system-errors.ts';

/** Who holds something, such as a sandbox: one process on one host, told apart from a later one that has the same pid. */
export interface Owner {
  readonly pid: number;
  /** When the process started; compared as a whole, empty when the platform does not tell. */
  readonly start: string;
  readonly host: string;
}

/** An owner as it is kept in a file. */
export const ownerSchema = z.object({ pid: z.int(), start: z.string(), host: z.string() });

/** `none`: nobody holds it. */
export type OwnerState = 'this-process' | 'alive' | 'gone' | 'other-host' | 'none';

/** What this host says of its processes. */
export interface ProcessTable {
  readonly host: string;
  readonly ownPid: number;
  /** Start of a running process; empty when it runs and its start is unknown; undefined when none runs. */
  startOf(pid: number): string | undefined;
}

export function currentOwner(processes: ProcessTable): Owner {
  return {
    pid: processes.ownPid,
    start: processes.startOf(processes.ownPid) ?? '',
    host: processes.host,
  };
}

/** Doubt counts as alive: a sandbox that somebody may hold is never taken away. */
export function ownerState(owner: Owner | undefined, processes: ProcessTable): OwnerState {
  if (!owner) return 'none';
  if (owner.host !== processes.host) return 'other-host';
  const start = processes.startOf(owner.pid);
  if (start === undefined) return 'gone';
  if (start !== '' && owner.start !== '' && start !== owner.start) return 'gone';
  return owner.pid === processes.ownPid ? 'this-process' : 'alive';
}

export function systemProcesses(): ProcessTable {
  const boot = readText('/proc/sys/kernel/random/boot_id');
  return {
    host: hostId(),
    ownPid: process.pid,
    startOf: (pid) => {
      if (!exists(pid)) return undefined;
      const start = process.platform === 'linux' ? linuxStart(pid, boot) : portableStart(pid);
      // It may have ended between the two looks at it.
      return start === '' && !exists(pid) ? undefined : start;
    },
  };
}

/**
 * The pid namespace is part of it: two containers made of one image may have the same machine id,
 * and neither sees the other's processes.
 */
function hostId(): string {
  const parts = [readText('/etc/machine-id'), hostname(), pidNamespace()];
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** kill(2) also tells of processes that a /proc mounted with hidepid does not show. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** proc(5), /proc/pid/stat: field 3 is the state, field 22 the start in clock ticks after boot. */
function linuxStart(pid: number, boot: string): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  const ticks = fields[18];
  return ticks === undefined ? '' : `${boot}/${ticks}`;
}

function portableStart(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
