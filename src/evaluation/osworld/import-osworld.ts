import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../errors.ts';
import { toEntry } from '../downloads/allowed-hosts.ts';
import { loadSuite } from '../suite/suite-file.ts';
import type { Missing } from './findings.ts';
import { GRADER, GRADER_NAME } from './grader.ts';
import { OSWORLD_SCREEN } from './map-steps.ts';
import { type MappedTask, mapTask } from './map-task.ts';
import { type FoundTask, readOsworld } from './read-osworld.ts';

export interface ImportedTask extends Pick<MappedTask, 'missing' | 'scripts'> {
  readonly id: string;
  readonly domain: string;
  /** Of OSWorld, from its folder. */
  readonly file: string;
  readonly isMapped: boolean;
}

export interface MissingCount extends Missing {
  /** How many tasks need it. */
  readonly tasks: number;
  /** How many need nothing else that is missing. */
  readonly alone: number;
}

export interface OsworldImport {
  readonly tasks: readonly ImportedTask[];
  /** The most wanted first. */
  readonly missing: readonly MissingCount[];
  /** What --allow-download needs to be given for the tasks that were mapped; redirects may lead to others. */
  readonly hosts: readonly string[];
}

export interface ImportOptions {
  /** Of OSWorld's tasks; absolute. */
  readonly from: string;
  /** The suite; absolute. */
  readonly to: string;
  /** How the folders are called in messages. */
  readonly names: { readonly from: string; readonly to: string };
}

/**
 * Makes a suite of the tasks of OSWorld that this image and these checks can serve as OSWorld does, and says for each other
 * what is missing.
 * @throws InputError not-found, invalid-file with the problems of all files, invalid-option where `to` holds something
 */
export async function importOsworld({ from, to, names }: ImportOptions): Promise<OsworldImport> {
  await requireEmpty(to, names.to);
  const found = await readOsworld(from, names.from);
  const mapped = found.map((source) => ({ source, result: mapTask(source.task, source.domain) }));
  const outcome: OsworldImport = {
    tasks: mapped.map(({ source: { task, domain, file }, result: { missing, scripts } }) => ({
      id: task.id,
      domain,
      file,
      isMapped: missing.length === 0,
      missing,
      scripts,
    })),
    missing: countMissing(mapped.map(({ result }) => result.missing)),
    hosts: hostsOf(mapped.map(({ result }) => result)),
  };
  await write(to, mapped, outcome);
  return outcome;
}

function countMissing(lists: readonly (readonly Missing[])[]): readonly MissingCount[] {
  const counts = new Map<string, MissingCount>();
  for (const list of lists) {
    for (const missing of list) {
      const key = `${missing.kind} ${missing.name}`;
      const { tasks = 0, alone = 0 } = counts.get(key) ?? {};
      counts.set(key, { ...missing, tasks: tasks + 1, alone: alone + (list.length === 1 ? 1 : 0) });
    }
  }
  return [...counts.values()].toSorted((a, b) => b.tasks - a.tasks || a.name.localeCompare(b.name));
}

function hostsOf(results: readonly MappedTask[]): readonly string[] {
  const addresses = results.flatMap(({ file, addresses: own }) => (file === undefined ? [] : own));
  return [...new Set(addresses.map(toEntry))].toSorted();
}

interface Mapped {
  readonly source: FoundTask;
  readonly result: MappedTask;
}

/** What stands there can be loaded, or it is a defect: everything written is read again. */
async function write(folder: string, mapped: readonly Mapped[], outcome: OsworldImport): Promise<void> {
  const tasks = join(folder, 'tasks');
  await mkdir(tasks, { recursive: true });
  const write = (name: string, value: unknown) =>
    writeFile(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
  await write('import.json', outcome);
  const files = mapped.flatMap(({ source, result: { file } }) =>
    file === undefined ? [] : [{ id: source.task.id, file }],
  );
  if (files.length === 0) return;
  for (const { id, file } of files) await write(`tasks/${id}.json`, file);
  await writeFile(join(tasks, GRADER_NAME), GRADER);
  await writeFile(join(folder, 'suite.yaml'), SUITE);
  await loadSuite(folder, { cwd: folder });
}

const SUITE = `version: 1
id: osworld
title: Tasks of OSWorld that a deskhand desktop can serve
tasks: [tasks/*.json]
defaults:
  display: ${OSWORLD_SCREEN.width}x${OSWORLD_SCREEN.height}
`;

async function requireEmpty(folder: string, name: string): Promise<void> {
  const held = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new InputError('invalid-option', `--out: ${name} is not a folder that can be used.`, {
      cause: error,
    });
  });
  if (held.length === 0) return;
  throw new InputError('invalid-option', `--out: ${name} is not empty.`, {
    hint: 'Name a folder that is not there.',
  });
}
