import { readFileSync } from 'node:fs';
import type { Activity } from '../../util/activity.ts';

/** Where a container's processes are accounted for: the files of its control group. */
interface Accounts {
  readonly used: string;
  /** What is written there, to ms. */
  readonly unitsPerMs: number;
  readonly threads: string;
}

/** States in proc(5): running or ready to run, and waiting for a disk. */
const AT_WORK: ReadonlySet<string | undefined> = new Set(['R', 'D']);

/**
 * Watches a container on this host: what the kernel writes down for its control group. One look takes some
 * microseconds, `isWorking` about 15 for each thread.
 * @param proc where this host's processes are listed
 * @returns undefined when the process is not one of the container's here: the engine has another view of the host
 */
export function watchContainer(
  container: { readonly id: string; readonly pid: number },
  { proc = '/proc', cgroups = '/sys/fs/cgroup' } = {},
): Activity | undefined {
  const groups = read(`${proc}/${container.pid}/cgroup`) ?? '';
  const accounts = findAccounts(groups, container.id, cgroups);
  if (accounts === undefined || read(accounts.used) === undefined) return undefined;
  return {
    usedMs: () => toMs(read(accounts.used), accounts.unitsPerMs),
    isWorking: () => (read(accounts.threads) ?? '').split('\n').some((thread) => isAtWork(proc, thread)),
  };
}

/** Lines `ID:CONTROLLERS:PATH` of proc(5): version 1 names the controllers, version 2 has none and the id 0. */
function findAccounts(groups: string, id: string, root: string): Accounts | undefined {
  const lines = groups.split('\n').map((line) => line.split(':'));
  const of = (isMeant: (controllers: string) => boolean): string | undefined =>
    lines.find(([, controllers = '', path = '']) => isMeant(controllers) && path.includes(id))?.[2];
  const first = of((controllers) => controllers.split(',').includes('cpuacct'));
  if (first !== undefined) {
    const group = `${root}/cpuacct${first}`;
    return { used: `${group}/cpuacct.usage`, unitsPerMs: 1e6, threads: `${group}/tasks` };
  }
  const second = of((controllers) => controllers === '');
  if (second === undefined) return undefined;
  const group = `${root}${second}`;
  return { used: `${group}/cpu.stat`, unitsPerMs: 1e3, threads: `${group}/cgroup.threads` };
}

/** A bare number, or lines of names and numbers that begin with `usage_usec`. */
function toMs(text: string | undefined, unitsPerMs: number): number | undefined {
  const digits = /^(?:usage_usec )?(\d+)/u.exec(text ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits) / unitsPerMs;
}

/** The state follows the name, which is in brackets and may hold some itself. A thread that is gone does nothing. */
function isAtWork(proc: string, thread: string): boolean {
  const stat = thread === '' ? undefined : read(`${proc}/${thread}/stat`);
  return stat !== undefined && AT_WORK.has(stat[stat.lastIndexOf(')') + 2]);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
