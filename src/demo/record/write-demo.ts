import { access, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { stringify } from 'yaml';
import { InputError } from '../../errors.ts';
import { toStorageError } from '../../recording/storage-error.ts';
import type { Size } from '../../util/geometry.ts';
import type { DraftStep } from './to-steps.ts';

export interface DemoHead {
  readonly title: string;
  /** A task file, as the demo file names it. */
  readonly task?: string | undefined;
  readonly display: Size;
  /** Absent: real. */
  readonly clock?: string | undefined;
}

const PREFACE =
  '# Recorded by `deskhand demo record`. A step may have a caption: `say: ...` before its `do`.\n';

/** @throws InputError invalid-option when something is there already */
export async function refuseExisting(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  throw new InputError('invalid-option', `${path} is there already.`, {
    hint: 'Name another file, or remove that one.',
  });
}

/**
 * Writes a demo file, and its pictures beside it as `NAME-1.png` and so on. All of it is written, or nothing.
 * @throws StorageError write-failed, also when one of the files is there already
 */
export async function writeDemo(path: string, head: DemoHead, drafts: readonly DraftStep[]): Promise<void> {
  const stem = basename(path, extname(path));
  const files: { readonly path: string; readonly content: string | Uint8Array }[] = [];
  const steps = drafts.map(({ say, do: deed, picture, problem }) => {
    if (problem !== undefined) return `  # not recorded: ${problem}\n`;
    if (picture === undefined) return toItem({ say, do: deed });
    const image = `${stem}-${files.length + 1}.png`;
    files.push({ path: join(dirname(path), image), content: picture.png });
    return toItem({ say, ...picture.toFields(image) });
  });
  const { title, task, display, clock } = head;
  const size = `${display.width}x${display.height}`;
  // To the second, as it is read.
  const time = clock?.replace(/\.\d+Z$/, 'Z');
  const fields = stringify({ version: 1, title, task, display: size, clock: time });
  files.push({ path, content: `${PREFACE}${fields}steps:\n${steps.join('')}` });
  await writeAll(files);
}

/** One item of the list of steps; what is written in braces stays on its line. */
function toItem(fields: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const lines = given.map(([key, value]) => {
    if (typeof value === 'string') return stringify({ [key]: value }, { lineWidth: 0 }).trimEnd();
    return `${key}: ${stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd()}`;
  });
  return `  - ${lines.join('\n').replaceAll('\n', '\n    ')}\n`;
}

async function writeAll(
  files: readonly { readonly path: string; readonly content: string | Uint8Array }[],
): Promise<void> {
  const written: string[] = [];
  try {
    for (const { path, content } of files) {
      await writeFile(path, content, { flag: 'wx' });
      written.push(path);
    }
  } catch (error) {
    for (const path of written) await rm(path, { force: true });
    throw toStorageError(error, `write ${files[written.length]?.path ?? ''}`);
  }
}
