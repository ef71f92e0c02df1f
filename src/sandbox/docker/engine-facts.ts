import { z } from 'zod';
import type { CallOptions, Engine } from './engine.ts';

/** What an engine says of itself. */
export interface EngineFacts {
  /** A URL as in DOCKER_HOST. */
  readonly endpoint: string;
  /** Who named the endpoint: DOCKER_HOST, a context, a default. */
  readonly source: string;
  readonly id: string;
  readonly hostName: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly operatingSystem: string;
  readonly kernel: string;
  /** As the kernel says it: x86_64, aarch64. */
  readonly architecture: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly storageDriver: string;
  readonly rootFolder: string;
  readonly cgroupVersion: string;
  readonly cgroupDriver: string;
  /** Names alone: seccomp, apparmor, selinux, rootless, userns, cgroupns. */
  readonly security: readonly string[];
  readonly isRootless: boolean;
  readonly runtimes: readonly string[];
  /** What sandboxes want and this engine does not have, in words. */
  readonly shortcomings: readonly string[];
}

const infoSchema = z.object({
  ID: z.string().default(''),
  Name: z.string().default(''),
  OperatingSystem: z.string().default(''),
  OSType: z.string().default(''),
  KernelVersion: z.string().default(''),
  Architecture: z.string().default(''),
  NCPU: z.number().default(0),
  MemTotal: z.number().default(0),
  Driver: z.string().default(''),
  DockerRootDir: z.string().default(''),
  CgroupVersion: z.string().default('1'),
  CgroupDriver: z.string().default(''),
  SecurityOptions: z.array(z.string()).nullish(),
  Runtimes: z.record(z.string(), z.unknown()).nullish(),
  InitBinary: z.string().default(''),
  MemoryLimit: z.boolean().default(true),
  SwapLimit: z.boolean().default(true),
  PidsLimit: z.boolean().default(true),
  CpuCfsQuota: z.boolean().default(true),
});

const versionSchema = z.object({ Version: z.string().default(''), ApiVersion: z.string().default('') });

/** @throws EngineError */
export async function inspectEngine(engine: Engine, options: CallOptions = {}): Promise<EngineFacts> {
  const [info, version] = await Promise.all([
    engine.call('asking what it is', async (docker) => infoSchema.parse(await docker.info()), options),
    engine.call('asking its version', async (docker) => versionSchema.parse(await docker.version()), options),
  ]);
  const security = (info.SecurityOptions ?? []).map(securityName);
  return {
    endpoint: engine.endpoint.url,
    source: engine.endpoint.source,
    id: info.ID,
    hostName: info.Name,
    version: version.Version,
    apiVersion: version.ApiVersion,
    operatingSystem: info.OperatingSystem,
    kernel: info.KernelVersion,
    architecture: info.Architecture,
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    storageDriver: info.Driver,
    rootFolder: info.DockerRootDir,
    cgroupVersion: info.CgroupVersion,
    cgroupDriver: info.CgroupDriver,
    security,
    isRootless: security.includes('rootless'),
    runtimes: Object.keys(info.Runtimes ?? {}).sort(),
    shortcomings: findShortcomings(info, security),
  };
}

/** `name=seccomp,profile=default` -> `seccomp`. */
function securityName(option: string): string {
  return option.replace(/^name=/, '').split(',')[0] ?? option;
}

function findShortcomings(info: z.infer<typeof infoSchema>, security: readonly string[]): string[] {
  const found: string[] = [];
  if (info.OSType !== '' && info.OSType !== 'linux')
    found.push(`it runs ${info.OSType} containers, not linux`);
  if (!security.includes('seccomp')) found.push('no seccomp: system calls of a sandbox are not filtered');
  if (!info.MemoryLimit) found.push('memory cannot be limited');
  if (!info.SwapLimit) found.push('swap cannot be limited');
  if (!info.PidsLimit) found.push('the number of processes cannot be limited');
  if (!info.CpuCfsQuota) found.push('processor time cannot be limited');
  return found;
}
