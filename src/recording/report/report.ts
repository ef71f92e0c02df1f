import { type ChildProcess, fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { InternalError, StorageError } from '../../errors.ts';
import type { RunFolder } from '../run-folder.ts';
import type { WrittenReport } from './build-report.ts';
import type { ReportAnswer } from './report-main.ts';

// The sources run as they are and the build runs as JavaScript: the entry has the ending of this file.
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './report-main.ts' : './report-main.js',
  import.meta.url,
);

/** A niceness (see nice(2)). */
const REPORT_PRIORITY = 10;

// No key that this process holds is any use to one that draws pictures.
const { PATH = '', LD_LIBRARY_PATH = '' } = process.env;
const LIBRARY_PATHS = { PATH, LD_LIBRARY_PATH };

/**
 * Writes `report.html` into a run folder: one file for a person, which loads nothing from anywhere.
 * In a process of its own: the pictures take about 100 MB, which the process that drives desktops should not keep.
 * @throws StorageError read-failed, unsupported-version, disk-full, write-failed
 */
export async function writeReport(
  folder: RunFolder,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<WrittenReport> {
  signal?.throwIfAborted();
  const child = fork(fileURLToPath(ENTRY), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
    env: LIBRARY_PATHS,
  });
  const kill = (): boolean => child.kill('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  try {
    // Desktops that work are to feel nothing of it.
    if (child.pid !== undefined) setPriority(child.pid, REPORT_PRIORITY);
    child.send(folder.path);
    return toReport(await answerOf(child));
  } catch (error) {
    await rm(`${folder.report}.part`, { force: true });
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

async function answerOf(child: ChildProcess): Promise<ReportAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ReportAnswer>();
  const fail = (what: string): void =>
    reject(new StorageError('write-failed', `The report was not written: ${what}.`));
  child.once('message', (answer: ReportAnswer) => resolve(answer));
  child.on('error', (error) => fail(error.message));
  child.once('exit', (code, signal) => fail(`its process ended (${signal ?? `code ${code}`})`));
  return await promise;
}

function toReport(answer: ReportAnswer): WrittenReport {
  if ('report' in answer) return answer.report;
  const { code, message, ...options } = answer.error;
  if (isStorageCode(code)) throw new StorageError(code, message, options);
  throw new InternalError('internal', message, options);
}

type StorageCode = StorageError['code'];

const STORAGE_CODES: Readonly<Record<StorageCode, true>> = {
  'disk-full': true,
  'write-failed': true,
  'read-failed': true,
  'corrupt-trajectory': true,
  'unsupported-version': true,
  'run-in-use': true,
  'batch-in-use': true,
};

function isStorageCode(code: string): code is StorageCode {
  return Object.hasOwn(STORAGE_CODES, code);
}
