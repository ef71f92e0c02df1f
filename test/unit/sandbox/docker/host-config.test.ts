import { describe, expect, it } from 'vitest';
import { noEgress } from '../../../../src/sandbox/docker/egress-route.ts';
import { toCreateOptions } from '../../../../src/sandbox/docker/host-config.ts';
import { browserSeccomp } from '../../../../src/sandbox/docker/seccomp.ts';
import { toVncSettings } from '../../../../src/sandbox/docker/vnc-route.ts';
import type { SandboxSpec } from '../../../../src/sandbox/sandbox-driver.ts';

const spec: SandboxSpec = {
  runId: 'run-1',
  display: { width: 1440, height: 900 },
  network: 'none',
  memoryBytes: 1024 ** 3,
  cpus: 1.5,
  pidsLimit: 256,
  expiresInMs: 60_000,
};
const identity = {
  name: 'deskhand-run-1',
  image: 'desktop:1',
  labels: { 'deskhand.run': 'run-1' },
  hasBrowser: false,
  egress: noEgress,
  createdAtMs: Date.parse('2026-03-01T12:00:00.250Z'),
};
const folder = { path: '/run/deskhand/run-1/vnc', socketMode: '0600' } as const;

const hardened = {
  Privileged: false,
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges'],
  IpcMode: 'private',
  Init: true,
  Memory: 1_073_741_824,
  MemorySwap: 1_073_741_824,
  NanoCpus: 1_500_000_000,
  PidsLimit: 256,
  ShmSize: 268_435_456,
  OomScoreAdj: 500,
  Ulimits: [
    { Name: 'core', Soft: 0, Hard: 0 },
    { Name: 'nofile', Soft: 4096, Hard: 4096 },
  ],
  NetworkMode: 'none',
  PortBindings: {},
  PublishAllPorts: false,
  ReadonlyRootfs: true,
  Tmpfs: {
    '/tmp': 'rw,nosuid,nodev,noexec,size=256m,mode=1777',
    '/run': 'rw,nosuid,nodev,noexec,size=32m,mode=0755,uid=1000,gid=1000',
    '/home/user': 'rw,nosuid,nodev,exec,size=512m,mode=0700,uid=1000,gid=1000',
  },
  Mounts: [{ Type: 'bind', Source: '/run/deskhand/run-1/vnc', Target: '/vnc' }],
  RestartPolicy: { Name: 'no' },
  LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } },
};

describe('toCreateOptions', () => {
  it('allows a sandbox nothing that it does not need', () => {
    expect(toCreateOptions(spec, identity, toVncSettings(folder))).toEqual({
      name: 'deskhand-run-1',
      Image: 'desktop:1',
      Labels: { 'deskhand.run': 'run-1' },
      Hostname: 'desktop',
      User: '1000:1000',
      Env: ['DESKHAND_DISPLAY=1440x900', 'DESKHAND_VNC_SOCKET=/vnc/rfb.sock', 'DESKHAND_VNC_MODE=0600'],
      Tty: false,
      OpenStdin: false,
      HostConfig: hardened,
    });
  });

  it('gives no interface to a sandbox that has a way out: a socket, and where programs find it', () => {
    const mount = {
      Type: 'bind',
      Source: '/run/deskhand/run-1/egress',
      Target: '/egress',
      ReadOnly: true,
    } as const;
    const egress = { mounts: [mount], env: ['http_proxy=http://127.0.0.1:3128'] };
    const options = toCreateOptions(
      { ...spec, network: 'full' },
      { ...identity, egress },
      toVncSettings(folder),
    );
    expect(options.HostConfig).toEqual({ ...hardened, Mounts: [...hardened.Mounts, mount] });
    expect(options.Env).toContain('http_proxy=http://127.0.0.1:3128');
  });

  it('lets a browser make the namespaces of its own sandbox, by a profile that is otherwise stricter', () => {
    const { HostConfig } = toCreateOptions(spec, { ...identity, hasBrowser: true }, toVncSettings(folder));
    expect(HostConfig).toEqual({
      ...hardened,
      SecurityOpt: ['no-new-privileges', `seccomp=${browserSeccomp}`],
    });
  });

  it.each([
    ['2026-03-01T11:59:00Z', '-60.250'],
    ['2027-03-01T12:00:00.250Z', '+31536000.000'],
  ])('starts the clock at %s by an offset', (clock, offset) => {
    const { Env } = toCreateOptions({ ...spec, clock }, identity, toVncSettings(folder));
    expect(Env?.slice(3)).toEqual([
      `DESKHAND_CLOCK=${clock}`,
      `FAKETIME=${offset}`,
      'FAKETIME_DONT_FAKE_MONOTONIC=1',
      `DESKHAND_CLOCK_SINCE=${identity.createdAtMs / 1000}`,
      'LD_PRELOAD=/usr/$LIB/deskhand/file-times.so:/usr/$LIB/faketime/libfaketime.so.1',
      'PYTHONHASHSEED=0',
    ]);
  });

  it('is run by what was named', () => {
    const { HostConfig } = toCreateOptions({ ...spec, runtime: 'runsc' }, identity, toVncSettings(folder));
    expect(HostConfig).toEqual({ ...hardened, Runtime: 'runsc' });
  });

  it('keeps the socket in the container where no folder is shared', () => {
    const { HostConfig } = toCreateOptions(spec, identity, toVncSettings(undefined));
    expect(HostConfig).toEqual({
      ...hardened,
      Mounts: [],
      Tmpfs: { ...hardened.Tmpfs, '/vnc': 'rw,nosuid,nodev,noexec,size=1m,mode=0700,uid=1000,gid=1000' },
    });
  });
});
