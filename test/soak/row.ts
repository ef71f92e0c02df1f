import { readdir } from 'node:fs/promises';
import { createDriver, startTaskRun } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { toTask } from '../../src/evaluation/task/task-file.ts';
import { openModel } from '../../src/open-model.ts';
import { callDraft, messageDraft } from '../../src/testing/responses-server/brain.ts';
import { createResponsesServer } from '../../src/testing/responses-server/responses-server.ts';
import { createTemporaryFolder } from '../support/cli.ts';

export interface RowFigures {
  readonly runs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Every few runs, after a run has ended. */
  readonly residentMebibytes: readonly number[];
  readonly descriptors: readonly number[];
}

const click = (x: number) => ({ type: 'click', button: 'left', x, y: 300 });

/** Short runs one after the other in this process: its memory and its file descriptors along the way. */
export async function soakRow({ runs, every }: { runs: number; every: number }): Promise<RowFigures> {
  await using folder = await createTemporaryFolder();
  await using server = await createResponsesServer({
    brain: {
      answer: ({ context }) =>
        context.length > 1
          ? { output: [messageDraft('Done.')] }
          : { output: [callDraft([click(200), click(300)])] },
    },
    keepsBodies: false,
  });
  const env = { ...process.env, OPENAI_API_KEY: server.apiKey };
  const flags = { model: 'openai', baseUrl: `${server.url}/v1`, runs: folder.path };
  const task = toTask('Click twice.');
  const config = await loadConfig({ flags, env, cwd: folder.path, task });
  await using driver = await createDriver(config);
  const figures = {
    outcomes: {} as Record<string, number>,
    residentMebibytes: [] as number[],
    descriptors: [] as number[],
  };
  for (let run = 1; run <= runs; run++) {
    await using model = await openModel({ config, env, task });
    const { outcome } = await (await startTaskRun({ config, task, model, driver })).finished;
    figures.outcomes[outcome] = (figures.outcomes[outcome] ?? 0) + 1;
    if (run % every !== 0) continue;
    figures.residentMebibytes.push(Math.round(process.memoryUsage.rss() / 1024 ** 2));
    figures.descriptors.push((await readdir('/proc/self/fd')).length);
  }
  return { runs, ...figures };
}
