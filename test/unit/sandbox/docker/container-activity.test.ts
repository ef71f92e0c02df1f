import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { watchContainer } from '../../../../src/sandbox/docker/container-activity.ts';
import type { Activity } from '../../../../src/util/activity.ts';

const ID = '4f5e0c';
let host: string;
beforeEach(async () => {
  host = await mkdtemp(join(tmpdir(), 'deskhand-activity-'));
});
afterEach(async () => await rm(host, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(host, path)), { recursive: true });
    await writeFile(join(host, path), text);
  }
}

function watch(): Activity | undefined {
  return watchContainer({ id: ID, pid: 7 }, { proc: join(host, 'proc'), cgroups: join(host, 'cgroup') });
}

const VERSION_1 = {
  'proc/7/cgroup': `9:name=systemd:/docker/${ID}\n2:cpu,cpuacct:/docker/${ID}\n0::/\n`,
  [`cgroup/cpuacct/docker/${ID}/cpuacct.usage`]: '2500000\n',
  [`cgroup/cpuacct/docker/${ID}/tasks`]: '7\n8\n',
};
const GROUP_2 = `system.slice/docker-${ID}.scope`;
const VERSION_2 = {
  'proc/7/cgroup': `0::/${GROUP_2}\n`,
  [`cgroup/${GROUP_2}/cpu.stat`]: 'usage_usec 2500\nuser_usec 2000\nsystem_usec 500\n',
  [`cgroup/${GROUP_2}/cgroup.threads`]: '7\n8\n',
};
const stat = (state: string): string => `7 (a) R (b) ${state} 1 7 7 0\n`;

describe.each([
  ['version 1', VERSION_1],
  ['version 2', VERSION_2],
])('control groups of %s', (_, files) => {
  test('tell how much processor time a container has used', async () => {
    await write(files);
    expect(watch()?.usedMs()).toBe(2.5);
  });

  test.each([
    ['sleeps', 'S', false],
    ['runs', 'R', true],
    ['waits for a disk', 'D', true],
    ['is stopped', 'T', false],
  ])('tell that it works when a thread %s: %s', async (_doing, state, isWorking) => {
    await write({ ...files, 'proc/7/stat': stat('S'), 'proc/8/stat': stat(state) });
    expect(watch()?.isWorking()).toBe(isWorking);
  });

  test('do not count a thread that is gone', async () => {
    await write({ ...files, 'proc/7/stat': stat('S') });
    expect(watch()?.isWorking()).toBe(false);
  });

  test('tell nothing any more when the container is gone', async () => {
    await write(files);
    const activity = watch();
    await rm(join(host, 'cgroup'), { recursive: true });
    expect([activity?.usedMs(), activity?.isWorking()]).toEqual([undefined, false]);
  });
});

test.each([
  ['there is no such process', {}],
  ['it is a process of something else', { 'proc/7/cgroup': '2:cpuacct:/docker/other\n0::/\n' }],
  ['its accounts are not here', { 'proc/7/cgroup': VERSION_2['proc/7/cgroup'] }],
])('a container cannot be watched when %s', async (_, files) => {
  await write(files);
  expect(watch()).toBeUndefined();
});
