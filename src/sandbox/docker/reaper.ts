import { readdir } from 'node:fs/promises';
import type { ContainerInfo } from 'dockerode';
import { parseLabels } from '../labels.ts';
import type { SandboxLabels } from '../labels.ts';
import { ownerState } from '../../util/process-owner.ts';
import type { ProcessTable } from '../../util/process-owner.ts';
import type { SandboxSummary } from '../sandbox-driver.ts';
import type { ContainerClient } from './container-client.ts';
import { readFolderNote, removeVncFolder, sharedPart } from './vnc-folder.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
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

/** Undefined when the container is not a sandbox. */
export function toSummary(container: ContainerInfo, processes: ProcessTable): SandboxSummary | undefined {
  const labels = parseLabels(container.Labels);
  if (!labels) return undefined;
  return {
    id: container.Id,
    name: (container.Names[0] ?? '').replace(/^\//, ''),
    runId: labels.runId,
    state: container.State,
    createdAtMs: labels.createdAtMs || container.Created * 1000,
    expiresAtMs: labels.expiresAtMs,
    image: container.Image,
    owner: ownerState(labels.owner, processes),
  };
}

/** Whether nobody holds it: its owner is gone, or it has expired and no owner can be seen to live. */
function isAbandoned({ owner, expiresAtMs }: SandboxSummary, nowMs: number): boolean {
  if (owner === 'gone') return true;
  return (owner === 'none' || owner === 'other-host') && expiresAtMs <= nowMs;
}

/** Removes every abandoned sandbox, and the folders that killed processes left behind. */
export async function reap(
  parts: ReaperParts,
  options: Cancellable = {},
): Promise<readonly SandboxSummary[]> {
  const { containers, processes } = parts;
  const listed = await containers.list(options);
  const abandoned = listed.flatMap((container) => {
    const summary = toSummary(container, processes);
    return summary && isAbandoned(summary, parts.nowMs()) ? [{ container, summary }] : [];
  });
  await Promise.all(abandoned.map(async ({ container }) => await removeWhole(parts, container, options)));
  const removed = new Set(abandoned.map(({ summary }) => summary.id));
  await reapFolders(
    parts,
    listed.filter(({ Id }) => !removed.has(Id)),
  );
  return abandoned.map(({ summary }) => summary);
}

async function removeWhole(
  { containers, runtimeFolder }: ReaperParts,
  container: ContainerInfo,
  options: Cancellable,
): Promise<void> {
  await containers.remove(container.Id, options);
  const labels = parseLabels(container.Labels);
  const folder = labels && ownFolder(labels, runtimeFolder);
  if (folder !== undefined) await removeVncFolder(folder);
}

async function reapFolders(parts: ReaperParts, living: readonly ContainerInfo[]): Promise<void> {
  const { runtimeFolder } = parts;
  const used = new Set(living.map(({ Labels }) => parseLabels(Labels)?.vncFolder));
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

/** The folder to remove with a sandbox; a label that points elsewhere is not followed. */
export function ownFolder(labels: SandboxLabels, runtimeFolder: string): string | undefined {
  const { vncFolder } = labels;
  return vncFolder?.startsWith(`${runtimeFolder}/`) && !vncFolder.includes('..') ? vncFolder : undefined;
}
