import { z } from 'zod';
import { displaySize } from '../../config/quantity-schemas.ts';
import { limitsSchema, networkSchema, providerSchema } from '../task/task-schema.ts';

/** Raised when a reader of the version before could not read the file. */
const SUITE_VERSION = 1;

const pattern = z
  .string()
  .min(1)
  .refine((text) => !text.startsWith('/') && !text.split('/').includes('..'), {
    error: 'expected a pattern of files in the folder of the suite file, or below it',
  });

/** Many tasks, and what they share. */
export const suiteSchema = z.strictObject({
  version: z.literal(SUITE_VERSION, {
    error: `expected ${SUITE_VERSION}, the version that this deskhand reads`,
  }),
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {
      error: 'expected letters, digits, dots, dashes and underscores',
    })
    .meta({ description: 'Names the suite in reports and folders.' }),
  title: z.string().min(1).optional().meta({ description: 'One line for people.' }),
  tasks: z.array(pattern).min(1).meta({
    description: 'Task files: paths or patterns such as tasks/*.yaml, from the folder of this file.',
  }),
  trials: z.int().min(1).max(10_000).optional().meta({
    description: 'How often each task is tried where --trials does not say. Default 1.',
  }),
  defaults: z
    .strictObject({
      model: providerSchema.optional(),
      display: displaySize.optional(),
      image: z.string().min(1).optional(),
      network: networkSchema.optional(),
      gate: z.literal('deny').optional(),
      limits: limitsSchema.optional(),
      tags: z.array(z.string().min(1)).optional(),
    })
    .optional()
    .meta({ description: 'What counts for every task that does not say otherwise; tags are added.' }),
});

export type ParsedSuite = z.output<typeof suiteSchema>;

/** The JSON Schema of a suite file, for editors. */
export function suiteJsonSchema(): Record<string, unknown> {
  return { title: 'deskhand suite', ...z.toJSONSchema(suiteSchema, { io: 'input' }) };
}
