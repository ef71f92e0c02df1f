import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { loadSuite, type Suite } from '../../../../src/evaluation/suite/suite-file.ts';
import type { Task } from '../../../../src/evaluation/task/task-file.ts';
import { parseSteps } from '../../../../src/model/local/parse-steps.ts';

const FOLDER = join(import.meta.dirname, '../../../../examples/suites/desktop-basics');
export const SUITE_PAGE = join(FOLDER, 'README.md');

export async function loadShippedSuite(): Promise<Suite> {
  return await loadSuite(FOLDER, { cwd: process.cwd() });
}

/** How many steps of the local model an attempt has. */
export function countSteps(steps: string | undefined): number {
  return steps === undefined ? 0 : parseSteps(steps).length;
}

function rowOf({ id, title = '', tags, reference }: Task): string {
  return `| ${id} | ${title} | ${countSteps(reference?.steps)} | ${(tags ?? []).join(', ')} |`;
}

/** The suite's page with the table of its tasks as they are. */
export async function suitePage(): Promise<string> {
  const suite = await loadShippedSuite();
  const tasks = await Promise.all(suite.tasks.map(async (task) => await task.load(1)));
  const rows = tasks.toSorted((a, b) => a.id.localeCompare(b.id)).map(rowOf);
  const [before = ''] = (await readFile(SUITE_PAGE, 'utf8')).split('| task ');
  const table = ['| task | what is done | steps | tags |', '| --- | --- | --- | --- |', ...rows, ''].join(
    '\n',
  );
  return await format(`${before}${table}`, { ...(await resolveConfig(SUITE_PAGE)), parser: 'markdown' });
}
