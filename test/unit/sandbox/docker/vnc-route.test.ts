import { describe, expect, it } from 'vitest';
import { SandboxError } from '../../../../src/errors.ts';
import { chooseVncWay, firstThatWorks } from '../../../../src/sandbox/docker/vnc-route.ts';
import type { VncRoute } from '../../../../src/sandbox/docker/vnc-route.ts';

const here = { platform: 'linux', name: 'desk' };
const local = {
  endpoint: 'unix:///run/docker.sock',
  hostName: 'desk',
  isRootless: false,
  security: ['seccomp'],
};

describe('chooseVncWay', () => {
  it('shares a folder with an engine on this host', () => {
    expect(chooseVncWay(local, here)).toBe('socket');
  });

  it.each([
    ['over TCP', { ...local, endpoint: 'tcp://desk:2375' }, here],
    ['on another host behind a forwarded socket', { ...local, hostName: 'far' }, here],
    ['in a virtual machine', local, { ...here, platform: 'darwin' }],
    ['without root', { ...local, isRootless: true }, here],
    ['under SELinux', { ...local, security: ['seccomp', 'selinux'] }, here],
  ])('lets an engine %s carry the stream', (_name, engine, host) => {
    expect(chooseVncWay(engine, host)).toBe('exec');
  });
});

describe('firstThatWorks', () => {
  const route = (way: VncRoute['way'], failure?: Error): VncRoute => ({
    way,
    check: async () => await (failure ? Promise.reject(failure) : Promise.resolve()),
    open: async () => await Promise.reject(new Error('not opened in this test')),
  });
  const second = route('exec');

  it('is the first when it can be used', async () => {
    expect((await firstThatWorks(route('socket'), second)).way).toBe('socket');
  });

  it('is the second when the folder turns out not to be shared', async () => {
    const missing = new SandboxError('sandbox-not-ready', 'not there');
    expect((await firstThatWorks(route('socket', missing), second)).way).toBe('exec');
  });

  it('is none when the sandbox has tampered with the first', async () => {
    const planted = new SandboxError('vnc-refused', 'a link');
    await expect(firstThatWorks(route('socket', planted), second)).rejects.toBe(planted);
  });
});
