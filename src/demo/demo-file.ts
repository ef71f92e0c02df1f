import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { clockTime, displaySize } from '../config/quantity-schemas.ts';
import { readYamlFile, toFileError } from '../config/yaml-file.ts';
import type { FileProblem, ParsedFile } from '../config/yaml-file.ts';
import { isDeskhandError } from '../errors.ts';
import { loadTaskFile, toTask } from '../evaluation/task/task-file.ts';
import type { Task } from '../evaluation/task/task-file.ts';
import type { DemoStep } from '../model/demo/demo-model.ts';
import { parseSteps } from '../model/local/parse-steps.ts';
import { pictureSchemas, toPictureDeed } from './picture-steps.ts';

const step = z
  .strictObject({
    say: z.string().min(1).optional().meta({ description: 'A caption for whoever watches.' }),
    do: z.string().min(1).optional().meta({ description: 'A step of the local model: docs/local-model.md.' }),
    ...pictureSchemas,
  })
  .refine((fields) => Object.values(fields).some((field) => field !== undefined), {
    error: 'expected at least one of say, do, click, double-click, hover, drag, scroll',
  })
  .refine((fields) => Object.keys(fields).filter((key) => key !== 'say').length <= 1, {
    error: 'expected only one of do, click, double-click, hover, drag, scroll',
  });

const demoSchema = z.strictObject({
  version: z.literal(1, { error: 'expected 1, the version that this deskhand reads' }),
  title: z.string().min(1).meta({ description: 'One line for people.' }),
  task: z.string().min(1).optional().meta({
    description: 'A task file: its desktop, its setup and its checks are those of the demo.',
  }),
  display: displaySize.optional(),
  clock: clockTime.optional().meta({ description: "What the desktop's clock says when it starts." }),
  human: z.boolean().default(false).meta({ description: 'Move the pointer and type as a person does.' }),
  seed: z.number().int().min(0).default(1).meta({ description: 'What the movements start from.' }),
  steps: z.array(step).min(1),
});

type ParsedDemo = z.output<typeof demoSchema>;

/** A demo: a script that a person can review, played on a desktop of its own. */
export interface Demo {
  readonly title: string;
  /** What to prepare, and what must be true afterwards; its instruction is the steps in words. */
  readonly task: Task;
  readonly clock: string | undefined;
  readonly isHuman: boolean;
  readonly seed: number;
  readonly steps: readonly DemoStep[];
}

/**
 * Reads a demo file, the pictures that it names and its task.
 * @throws InputError not-found; invalid-file with every problem by line, column and field
 */
export async function loadDemo(path: string, options: { readonly name?: string } = {}): Promise<Demo> {
  const parsed = await readYamlFile(path, { schema: demoSchema, name: options.name ?? path });
  const { title, task: taskFile, display, clock, human: isHuman, seed } = parsed.value;
  const steps = await readSteps(parsed, dirname(path));
  const instruction = parsed.value.steps.flatMap(({ do: deed }) => deed ?? []).join('\n') || title;
  const own = taskFile === undefined ? toTask(title) : await loadTaskFile(resolve(dirname(path), taskFile));
  const task = { ...own, title, instruction, ...(display === undefined ? {} : { display }) };
  return { title, task, clock: clock === 'real' ? undefined : clock, isHuman, seed, steps };
}

async function readSteps(parsed: ParsedFile<ParsedDemo>, folder: string): Promise<readonly DemoStep[]> {
  const problems: FileProblem[] = [];
  const steps: DemoStep[] = [];
  for (const [index, { say, do: deed, ...pictures }] of parsed.value.steps.entries()) {
    const problem = deed === undefined ? undefined : whyNotSteps(deed);
    if (problem !== undefined) problems.push(parsed.problem(['steps', index, 'do'], problem));
    const picture = toPictureDeed(pictures);
    if (picture === undefined) {
      steps.push({ say, do: deed });
      continue;
    }
    const { field, image: name, at, toAction } = picture;
    const snippet = await readSnippet(resolve(folder, name));
    if (typeof snippet === 'string') {
      problems.push(parsed.problem(['steps', index, field, 'image'], snippet));
    } else steps.push({ say, picture: { snippet, name, at, toAction } });
  }
  if (problems.length > 0) throw toFileError(problems);
  return steps;
}

function whyNotSteps(deed: string): string | undefined {
  try {
    parseSteps(deed);
    return undefined;
  } catch (error) {
    if (!isDeskhandError(error)) throw error;
    const [what = ''] = error.message.split('\n');
    return `${what} (docs/local-model.md has the steps.)`;
  }
}

/** The picture, or what is wrong with it. */
async function readSnippet(path: string): Promise<Uint8Array | string> {
  const content = await readFile(path).catch(() => undefined);
  if (content === undefined) return `there is no file ${path}`;
  const facts = await sharp(content)
    .metadata()
    .catch(() => undefined);
  return facts?.format === 'png' ? content : `${path} is not a PNG`;
}

/** The JSON Schema of a demo file, for editors. */
export function demoJsonSchema(): Record<string, unknown> {
  return { title: 'deskhand demo', ...z.toJSONSchema(demoSchema, { io: 'input' }) };
}
