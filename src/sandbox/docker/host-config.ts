import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import type { SandboxSpec } from '../sandbox-driver.ts';
import type { EgressSettings } from './egress-route.ts';
import { browserSeccomp } from './seccomp.ts';
import { socketInside } from './vnc-route.ts';
import type { VncSettings } from './vnc-route.ts';

const MIB = 1024 * 1024;

export interface ContainerIdentity {
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the image has a browser, whose own sandbox needs what others are denied. */
  readonly hasBrowser: boolean;
  readonly egress: EgressSettings;
  /** Wall clock of the create request, ms since the epoch. */
  readonly createdAtMs: number;
}

/** The whole create request of a sandbox. Docker Engine API 1.41, ContainerCreate. */
export function toCreateOptions(
  spec: SandboxSpec,
  identity: ContainerIdentity,
  vnc: VncSettings,
): ContainerCreateOptions {
  const { width, height } = spec.screen ?? spec.display;
  return {
    name: identity.name,
    Image: identity.image,
    Labels: { ...identity.labels },
    Hostname: 'desktop',
    User: '1000:1000',
    Env: [
      `DESKHAND_DISPLAY=${width}x${height}`,
      `DESKHAND_VNC_SOCKET=${socketInside}`,
      `DESKHAND_VNC_MODE=${vnc.socketMode}`,
      ...identity.egress.env,
      ...(spec.clock === undefined ? [] : toClock(spec.clock, identity.createdAtMs)),
    ],
    Tty: false,
    OpenStdin: false,
    HostConfig: toHostConfig(spec, identity, vnc),
  };
}

/** The loader puts the architecture's folder for $LIB. The first is images/ubuntu-desktop/build/file-times.c. */
const CLOCK_LIBRARIES = ['/usr/$LIB/deskhand/file-times.so', '/usr/$LIB/faketime/libfaketime.so.1'];

/**
 * Another time for every program of the desktop and for the files that it changes, through libraries of the image: an
 * offset, so that all of them have the same and it runs on. Timers stay on the monotonic clock, which is not touched.
 */
function toClock(startsAt: string, createdAtMs: number): readonly string[] {
  const offsetS = (Date.parse(startsAt) - createdAtMs) / 1000;
  return [
    `DESKHAND_CLOCK=${startsAt}`,
    `FAKETIME=${offsetS < 0 ? '' : '+'}${offsetS.toFixed(3)}`,
    'FAKETIME_DONT_FAKE_MONOTONIC=1',
    `DESKHAND_CLOCK_SINCE=${createdAtMs / 1000}`,
    `LD_PRELOAD=${CLOCK_LIBRARIES.join(':')}`,
    'PYTHONHASHSEED=0',
  ];
}

/** What a sandbox may do and use: nothing that is not listed here. */
function toHostConfig(
  spec: SandboxSpec,
  { hasBrowser, egress }: ContainerIdentity,
  vnc: VncSettings,
): HostConfig {
  return {
    ...privileges,
    SecurityOpt: ['no-new-privileges', ...(hasBrowser ? [`seccomp=${browserSeccomp}`] : [])],
    ...toLimits(spec),
    // Whoever may reach something does so through a proxy outside.
    NetworkMode: 'none',
    PortBindings: {},
    PublishAllPorts: false,
    ReadonlyRootfs: true,
    Tmpfs: { ...writableFolders, ...vnc.tmpfs },
    Mounts: [...vnc.mounts, ...egress.mounts],
    RestartPolicy: { Name: 'no' },
    ...(spec.runtime === undefined ? {} : { Runtime: spec.runtime }),
    LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } },
  };
}

/** AppArmor, and seccomp where there is no browser: not named, so that the engine's own profiles apply. */
const privileges = {
  Privileged: false,
  CapDrop: ['ALL'],
  IpcMode: 'private',
  Init: true,
} as const;

/** All that can be written; it counts against the sandbox's memory. */
const writableFolders = {
  '/tmp': 'rw,nosuid,nodev,noexec,size=256m,mode=1777',
  '/run': 'rw,nosuid,nodev,noexec,size=32m,mode=0755,uid=1000,gid=1000',
  '/home/user': 'rw,nosuid,nodev,exec,size=512m,mode=0700,uid=1000,gid=1000',
};

function toLimits(spec: SandboxSpec): HostConfig {
  return {
    Memory: spec.memoryBytes,
    // Equal to Memory: no swap.
    MemorySwap: spec.memoryBytes,
    NanoCpus: Math.round(spec.cpus * 1e9),
    PidsLimit: spec.pidsLimit,
    ShmSize: 256 * MIB,
    // When the host runs out of memory, a sandbox goes first.
    OomScoreAdj: 500,
    // A core dump would be written by the host, by a pattern that the host chose.
    Ulimits: [
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'nofile', Soft: 4096, Hard: 4096 },
    ],
  };
}
