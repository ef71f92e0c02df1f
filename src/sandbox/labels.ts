import type { Owner } from '../util/process-owner.ts';

/** What a sandbox carries about itself, so that any process can tell whose it is. */
export interface SandboxLabels {
  readonly runId: string;
  /** Absent: the sandbox outlives the process that made it, until it expires. */
  readonly owner: Owner | undefined;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Folder on the engine's host that holds the VNC socket; absent: VNC goes over `exec`. */
  readonly vncFolder: string | undefined;
}

export const label = {
  run: 'deskhand.run',
  ownerPid: 'deskhand.owner.pid',
  ownerStart: 'deskhand.owner.start',
  ownerHost: 'deskhand.owner.host',
  created: 'deskhand.created',
  expires: 'deskhand.expires',
  vncFolder: 'deskhand.vnc.folder',
} as const;

export function toLabels(labels: SandboxLabels): Record<string, string> {
  const { owner, vncFolder } = labels;
  return {
    [label.run]: labels.runId,
    [label.created]: new Date(labels.createdAtMs).toISOString(),
    [label.expires]: new Date(labels.expiresAtMs).toISOString(),
    ...(owner && {
      [label.ownerPid]: String(owner.pid),
      [label.ownerStart]: owner.start,
      [label.ownerHost]: owner.host,
    }),
    ...(vncFolder !== undefined && { [label.vncFolder]: vncFolder }),
  };
}

/** Undefined when the labels are not those of a sandbox. A date that cannot be read never expires. */
export function parseLabels(labels: Readonly<Record<string, string>>): SandboxLabels | undefined {
  const runId = labels[label.run];
  if (runId === undefined) return undefined;
  return {
    runId,
    owner: parseOwner(labels),
    createdAtMs: parseDate(labels[label.created], 0),
    expiresAtMs: parseDate(labels[label.expires], Number.MAX_SAFE_INTEGER),
    vncFolder: labels[label.vncFolder],
  };
}

function parseOwner(labels: Readonly<Record<string, string>>): Owner | undefined {
  const pid = Number(labels[label.ownerPid]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, start: labels[label.ownerStart] ?? '', host: labels[label.ownerHost] ?? '' };
}

function parseDate(text: string | undefined, fallback: number): number {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? fallback : ms;
}
