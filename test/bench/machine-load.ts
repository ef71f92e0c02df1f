import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const MEBIBYTE = 1024 * 1024;
const SAMPLE_MS = 500;

/** What the machine and this process used over a stretch of time. */
export interface Load {
  readonly tookMs: number;
  /** Processors in use on average, whoever used them. */
  readonly cpus: number;
  /** Of these, by this process. */
  readonly ownCpus: number;
  /** MiB that were taken at most, compared with the beginning, whoever took them. */
  readonly mebibytes: number;
  /** Of these, by this process. */
  readonly ownMebibytes: number;
}

/** Measures what the whole machine does while `act` does: nothing else may be going on. */
export async function measureLoad(act: () => Promise<unknown>): Promise<Load> {
  const startedAt = performance.now();
  const [jiffies, available] = [await readJiffies(), await readAvailable()];
  const own = { cpu: process.cpuUsage(), rss: process.memoryUsage.rss() };
  const sampling = new AbortController();
  const least = watchMemory(sampling.signal);
  await act();
  sampling.abort();
  const taken = available - (await least);
  const tookMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(own.cpu);
  const now = await readJiffies();
  const share = (now.busy - jiffies.busy) / (now.all - jiffies.all);
  return {
    tookMs: Math.round(tookMs),
    cpus: round(share * cpus().length),
    ownCpus: round((user + system) / 1000 / tookMs),
    mebibytes: Math.round(taken / MEBIBYTE),
    ownMebibytes: Math.round((process.memoryUsage.rss() - own.rss) / MEBIBYTE),
  };
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Bytes that were available at the worst moment until the signal. */
async function watchMemory(signal: AbortSignal): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  do {
    await delay(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
    least = Math.min(least, await readAvailable());
  } while (!signal.aborted);
  return least;
}

/** Of all processors together (proc(5)). */
async function readJiffies(): Promise<{ readonly busy: number; readonly all: number }> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const values = line.split(/\s+/).slice(1).map(Number);
  const all = values.reduce((sum, value) => sum + value, 0);
  return { all, busy: all - (values[3] ?? 0) - (values[4] ?? 0) };
}

/** Bytes; caches that can be given up count as available (proc(5)). */
async function readAvailable(): Promise<number> {
  const found = /MemAvailable:\s+(\d+)/.exec(await readFile('/proc/meminfo', 'utf8'))?.[1];
  return Number(found) * 1024;
}
