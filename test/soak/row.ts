import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createDriver, startTaskRun } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { toTask } from '../../src/evaluation/task/task-file.ts';
import { openModel } from '../../src/open-model.ts';
import { createTemporaryFolder } from '../support/cli.ts';
import { rowModel } from './row-model-schema.ts';

/** Every few runs, after a run has ended and the garbage is collected. */
export interface RowSample {
  readonly run: number;
  /** MiB. */
  readonly resident: number;
  readonly heap: number;
  readonly buffers: number;
  readonly descriptors: number;
}

export interface RowFigures {
  readonly runs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly samples: readonly RowSample[];
}

const MODEL = fileURLToPath(new URL('row-model.ts', import.meta.url));
const MEBIBYTE = 1024 ** 2;

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

/** Short runs one after the other in this process: its memory and its file descriptors along the way. */
export async function soakRow({ runs, every }: { runs: number; every: number }): Promise<RowFigures> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await createTemporaryFolder());
  const child = fork(MODEL, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  resources.defer(() => endOf(child));
  const { url, apiKey } = rowModel.parse((await once(child, 'message'))[0]);
  const env = { ...process.env, OPENAI_API_KEY: apiKey };
  const flags = { model: 'openai', baseUrl: `${url}/v1`, runs: folder.path };
  const task = toTask('Click twice.');
  const config = await loadConfig({ flags, env, cwd: folder.path, task });
  const driver = resources.use(await createDriver(config));
  const outcomes: Record<string, number> = {};
  const samples: RowSample[] = [];
  for (let run = 1; run <= runs; run++) {
    await using model = await openModel({ config, env, task });
    const { outcome } = await (await startTaskRun({ config, task, model, driver })).finished;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (run % every === 0) samples.push(await takeSample(run));
  }
  return { runs, outcomes, samples };
}

async function takeSample(run: number): Promise<RowSample> {
  if (typeof collectGarbage === 'function') collectGarbage();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    run,
    resident: Math.round(rss / MEBIBYTE),
    heap: Math.round((heapUsed / MEBIBYTE) * 10) / 10,
    buffers: Math.round((arrayBuffers / MEBIBYTE) * 10) / 10,
    descriptors: (await readdir('/proc/self/fd')).length,
  };
}

async function endOf(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}
