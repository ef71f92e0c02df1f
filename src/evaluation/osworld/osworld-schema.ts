import { z } from 'zod';

/** What OSWorld calls a config: something that is done on the desktop before or after the agent. */
const step = z.looseObject({
  type: z.string().min(1),
  parameters: z.record(z.string(), z.unknown()).default({}),
});

/** Where a value comes from: of the machine, of the web, or as it stands. */
const source = z.looseObject({ type: z.string().min(1) });
const noSource = z.strictObject({});
const sources = z.union([source, z.array(z.union([source, noSource]).nullable()), noSource]).nullish();
const options = z.record(z.string(), z.unknown());

/** A task of OSWorld: evaluation_examples/examples/DOMAIN/ID.json. */
export const osworldTask = z.looseObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {
    error: 'expected an id of letters, digits, dots, dashes and underscores',
  }),
  instruction: z.string().trim().min(1),
  related_apps: z.array(z.string()).default([]),
  config: z.array(step).nullish(),
  evaluator: z.looseObject({
    func: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
    conj: z.enum(['and', 'or']).default('and'),
    result: sources,
    expected: sources,
    options: z.union([options, z.array(options.nullable())]).nullish(),
    postconfig: z.array(step).nullish(),
  }),
});

/** test_all.json: the ids of the tasks by domain. */
export const osworldIndex = z.record(z.string(), z.array(z.string()));

export type OsworldTask = z.output<typeof osworldTask>;
export type OsworldStep = z.output<typeof step>;
export type OsworldSource = z.output<typeof source>;
