import { readdir } from 'node:fs/promises';
import type { ContainerInfo } from 'dockerode';
import { parseLabels } from '../labels.ts';
import type { SandboxLabels } from '../labels.ts';
import { ownerState } from '../../util/process-owner.ts';
import type { Owner, ProcessTable } from '../../util/process-owner.ts';
import { POOL_RUN_ID, type SandboxSummary } from '../sandbox-driver.ts';
import type { ContainerClient } from './container-client.ts';
import {
  readFolderNote,
  readOrphanedSince,
  removeVncFolder,
  sharedPart,
  writeOrphanNote,
} from './vnc-folder.ts';

interface ReapOptions {
  readonly signal?: AbortSignal | undefined;
  /** A sandbox whose owner is gone stays for so long after this was first noticed, ms. Default 0. */
  readonly graceMs?: number | undefined;
}

export interface ReaperParts {
  readonly containers: Pick<ContainerClient, 'list' | 'remove'>;
  readonly processes: ProcessTable;
  /** Where the folders of this user's sandboxes are. */
  readonly runtimeFolder: string;
  /** Id of the engine: a folder that another engine's container uses is not ours to judge. */
  readonly engineId: string;
  /** Wall clock, ms since the epoch. */
  readonly nowMs: () => number;
}

/** Long enough for any sandbox to be on its engine's list after its folder was made. */
const FOLDER_GRACE_MS = 10 * 60_000;

interface Candidate {
  readonly container: ContainerInfo;
  readonly summary: SandboxSummary;
}

/** Undefined when the container is not a sandbox. */
export async function toSummary(
  container: ContainerInfo,
  { processes, runtimeFolder }: Pick<ReaperParts, 'processes' | 'runtimeFolder'>,
): Promise<SandboxSummary | undefined> {
  const labels = parseLabels(container.Labels);
  if (!labels) return undefined;
  const name = nameOf(container);
  return {
    id: container.Id,
    name,
    runId: labels.runId,
    state: container.State,
    createdAtMs: labels.createdAtMs || container.Created * 1000,
    expiresAtMs: labels.expiresAtMs,
    image: container.Image,
    owner: ownerState(await findOwner(labels, name, runtimeFolder), processes),
  };
}

function nameOf({ Names }: ContainerInfo): string {
  return (Names[0] ?? '').replace(/^\//, '');
}

/** Labels stay as they were made: a process that took the sandbox over says so in the note on this host. */
export async function findOwner(
  labels: SandboxLabels,
  name: string,
  runtimeFolder: string,
): Promise<Owner | undefined> {
  if (labels.owner === undefined) return undefined;
  const folder = folderName(name);
  if (folder === undefined) return labels.owner;
  const note = await readFolderNote(runtimeFolder, folder).catch(() => undefined);
  return note?.owner ?? labels.owner;
}

/** The folder of a sandbox on this host, below the runtime folder; undefined for a name that we did not give. */
export function folderName(sandboxName: string): string | undefined {
  return /^deskhand-([a-z0-9-]+)$/.exec(sandboxName)?.[1];
}

/** Whether nobody holds it: its owner is gone, or it has expired and no owner can be seen to live. */
function isAbandoned({ owner, expiresAtMs }: SandboxSummary, nowMs: number): boolean {
  if (owner === 'gone') return true;
  return (owner === 'none' || owner === 'other-host') && expiresAtMs <= nowMs;
}

/** Removes every abandoned sandbox, and the folders that killed processes left behind. */
export async function reap(
  parts: ReaperParts,
  options: ReapOptions = {},
): Promise<readonly SandboxSummary[]> {
  const listed = await parts.containers.list(options);
  const found = await Promise.all(
    listed.map(async (container) => ({ container, summary: await toSummary(container, parts) })),
  );
  const abandoned: Candidate[] = [];
  for (const { container, summary } of found) {
    if (!summary || !isAbandoned(summary, parts.nowMs())) continue;
    if (!(await isInGrace(parts, { container, summary }, options))) abandoned.push({ container, summary });
  }
  const removed: SandboxSummary[] = [];
  await Promise.all(
    abandoned.map(async ({ container, summary }) => {
      // Somebody may have taken it over since it was listed.
      const now = await toSummary(container, parts);
      if (!now || !isAbandoned(now, parts.nowMs())) return;
      await removeWhole(parts, container, options);
      removed.push(summary);
    }),
  );
  const gone = new Set(removed.map(({ id }) => id));
  await reapFolders(
    parts,
    listed.filter(({ Id }) => !gone.has(Id)),
  );
  return removed;
}

/** Somebody may want to resume its run: the first reaper to see the orphan notes down when. */
async function isInGrace(
  { nowMs, runtimeFolder }: ReaperParts,
  { container, summary: { name, runId, expiresAtMs } }: Candidate,
  { graceMs = 0 }: ReapOptions,
): Promise<boolean> {
  const folder = folderName(name);
  const mayWait = graceMs > 0 && runId !== POOL_RUN_ID && expiresAtMs > nowMs();
  if (!mayWait || folder === undefined) return false;
  const labels = parseLabels(container.Labels);
  const owner = labels && (await findOwner(labels, name, runtimeFolder));
  if (owner === undefined) return false;
  const sinceMs = await readOrphanedSince(runtimeFolder, folder, owner);
  if (sinceMs !== undefined) return nowMs() - sinceMs < graceMs;
  await writeOrphanNote(runtimeFolder, folder, { owner, sinceMs: nowMs() });
  return true;
}

async function removeWhole(
  { containers, runtimeFolder }: ReaperParts,
  container: ContainerInfo,
  options: ReapOptions,
): Promise<void> {
  await containers.remove(container.Id, options);
  const labels = parseLabels(container.Labels);
  const folder = labels && folderOf(labels, nameOf(container), runtimeFolder);
  if (folder !== undefined) await removeVncFolder(folder);
}

async function reapFolders(parts: ReaperParts, living: readonly ContainerInfo[]): Promise<void> {
  const { runtimeFolder } = parts;
  const used = new Set(
    living.flatMap((container) => [
      parseLabels(container.Labels)?.vncFolder,
      sharedPart(runtimeFolder, folderName(nameOf(container)) ?? ''),
    ]),
  );
  const names = await readdir(runtimeFolder).catch(() => []);
  for (const name of names) {
    const shared = sharedPart(runtimeFolder, name);
    if (used.has(shared) || !(await isOrphan(parts, name).catch(() => false))) continue;
    await removeVncFolder(shared).catch(() => {});
  }
}

/** A folder is made before its container: while its owner lives, or just after, it is in use. */
async function isOrphan(parts: ReaperParts, name: string): Promise<boolean> {
  const note = await readFolderNote(parts.runtimeFolder, name);
  if (note.engine !== undefined && note.engine !== parts.engineId) return false;
  const state = ownerState(note.owner, parts.processes);
  if (state === 'gone') return true;
  return state === 'none' && parts.nowMs() - note.createdAtMs > FOLDER_GRACE_MS;
}

/**
 * The folder to remove with a sandbox; a label that points elsewhere is not followed. Without a VNC folder there is one all the
 * same where a process has noted something of the sandbox down.
 */
export function folderOf(labels: SandboxLabels, name: string, runtimeFolder: string): string | undefined {
  const { vncFolder } = labels;
  const isOwn = vncFolder?.startsWith(`${runtimeFolder}/`) === true && !vncFolder.includes('..');
  if (isOwn) return vncFolder;
  const folder = folderName(name);
  return folder === undefined ? undefined : sharedPart(runtimeFolder, folder);
}
