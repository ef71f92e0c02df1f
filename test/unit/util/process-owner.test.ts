import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { currentOwner, ownerState, systemProcesses } from '../../../src/util/process-owner.ts';
import type { ProcessTable } from '../../../src/util/process-owner.ts';

const processes: ProcessTable = {
  host: 'host-a',
  ownPid: 10,
  startOf: (pid) => ({ 10: 'boot/100', 20: 'boot/200', 30: '' })[pid],
};

describe('ownerState', () => {
  it.each([
    ['this-process', { pid: 10, start: 'boot/100', host: 'host-a' }],
    ['alive', { pid: 20, start: 'boot/200', host: 'host-a' }],
    ['gone', { pid: 20, start: 'boot/199', host: 'host-a' }],
    ['gone', { pid: 20, start: 'earlier-boot/200', host: 'host-a' }],
    ['gone', { pid: 99, start: 'boot/900', host: 'host-a' }],
    ['alive', { pid: 30, start: 'boot/300', host: 'host-a' }],
    ['alive', { pid: 20, start: '', host: 'host-a' }],
    ['other-host', { pid: 20, start: 'boot/199', host: 'host-b' }],
    ['none', undefined],
  ] as const)('says %s of %j', (state, owner) => {
    expect(ownerState(owner, processes)).toBe(state);
  });
});

describe('systemProcesses', () => {
  it('knows this process as the owner that it would note down', () => {
    const table = systemProcesses();
    const owner = currentOwner(table);
    expect(owner.pid).toBe(process.pid);
    expect(owner.start).not.toBe('');
    expect(ownerState(owner, systemProcesses())).toBe('this-process');
  });

  it('tells a process that runs from one that has ended', async () => {
    const table = systemProcesses();
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    const owner = { pid, start: table.startOf(pid) ?? '', host: table.host };
    expect(ownerState(owner, table)).toBe('alive');
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(ownerState(owner, table)).toBe('gone');
  });

  it('tells two processes with one pid apart by their start', () => {
    const table = systemProcesses();
    const start = table.startOf(process.pid);
    expect(start).toBe(table.startOf(process.pid));
    expect(start).not.toBe(table.startOf(process.ppid));
  });
});
