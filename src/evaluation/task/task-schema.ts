import { z } from 'zod';
import { functionNames } from '../../config/function-names.ts';
import { secretsSchema } from './read-secrets.ts';
import { displaySize, duration, pageAddress, wholeNumber } from '../../config/quantity-schemas.ts';
import { assetName } from './asset-schema.ts';
import { parametersSchema, variantsSchema } from './parameters.ts';
import { checkSchema } from '../checks/check-schema.ts';
import { textOrRule } from '../checks/text-rule-schema.ts';
import { commandLine, commandTimeout, sandboxPath } from './command-schema.ts';
import { downloadSchema, fileMode } from './download-schema.ts';

/** Raised when a reader of the version before could not read the file. */
const TASK_VERSION = 1;

const setupFile = z
  .strictObject({
    path: sandboxPath,
    content: z.string().optional().meta({ description: 'The text of the file.' }),
    from: z.string().min(1).optional().meta({
      description: 'A file beside the task file or below its folder, to copy.',
    }),
    mode: fileMode,
  })
  .refine(({ content, from }) => (content === undefined) !== (from === undefined), {
    error: 'expected either content or from',
  });

const setupCommand = z.union([
  commandLine.transform((command) => ({ command, timeoutMs: undefined })),
  z
    .strictObject({ command: commandLine, timeout: commandTimeout })
    .transform(({ command, timeout: timeoutMs }) => ({ command, timeoutMs })),
]);

const webApp = z.strictObject({
  folder: assetName.meta({ description: 'A folder beside the task file: the pages.' }),
  port: z.int().min(1024).max(65_535).default(8000).meta({
    description: 'http://127.0.0.1:PORT/ in the sandbox. Default 8000.',
  }),
});

const waitStep = z
  .strictObject({
    window: textOrRule.optional().meta({ description: 'A window whose title contains this is open.' }),
    text: z.string().min(1).optional().meta({ description: 'This text is visible, read by OCR.' }),
    timeout: duration.optional().meta({ description: 'Default 30s.' }),
  })
  .refine(({ window, text }) => (window === undefined) !== (text === undefined), {
    error: 'expected either window or text',
  });

const setup = z
  .strictObject({
    files: z.array(setupFile).default([]).meta({ description: 'Written before the commands run.' }),
    downloads: z
      .array(downloadSchema)
      .default([])
      .meta({ description: 'From the web, written before the commands run.' }),
    commands: z
      .array(setupCommand)
      .default([])
      .meta({ description: 'Run one after the other; each must exit with 0.' }),
    serve: z
      .array(webApp)
      .default([])
      .meta({ description: 'Web applications inside the sandbox, started after the commands.' }),
    open: z
      .array(commandLine)
      .default([])
      .meta({ description: 'Applications to start on the desktop; they stay open.' }),
    wait: z
      .array(waitStep)
      .default([])
      .meta({ description: 'What has to be seen before the model begins, one after the other.' }),
  })
  .default({ files: [], downloads: [], commands: [], serve: [], open: [], wait: [] });

const steps = z.union([z.string(), z.array(z.string())]).transform((lines, context) => {
  const text = (typeof lines === 'string' ? lines : lines.join('\n')).trim();
  if (text === '') context.addIssue({ code: 'custom', message: 'expected some text' });
  return text;
});

const attempt = z
  .strictObject({
    steps: steps.optional().meta({ description: 'Steps of the local model: docs/local-model.md.' }),
    recording: assetName.optional().meta({
      description: 'What --record-model kept, beside the task file.',
    }),
    message: z.string().min(1).optional().meta({
      description: 'What is said at the end, instead of what the local model says.',
    }),
  })
  .refine((it) => it.steps !== undefined || it.recording !== undefined || it.message !== undefined, {
    error: 'expected at least one of steps, recording, message',
  })
  .refine(({ steps: own, recording }) => own === undefined || recording === undefined, {
    error: 'expected either steps or recording',
  });

/** An attempt at a task that is known beforehand: without a model, by `eval check`. */
export type Attempt = z.output<typeof attempt>;

export const providerSchema = z.enum(['azure', 'openai', 'local']);
export const networkSchema = z.enum(['none', 'full']);
export const limitsSchema = z
  .strictObject({
    turns: wholeNumber({ minimum: 1 }).optional(),
    wallTime: duration.optional(),
    tokens: wholeNumber({ minimum: 1 }).optional(),
  })
  .transform(({ wallTime: wallTimeMs, ...rest }) => ({ ...rest, wallTimeMs }));

/** One task, as people write it in a file and as a suite holds many of. */
export const taskSchema = z.strictObject({
  version: z.literal(TASK_VERSION, {
    error: `expected ${TASK_VERSION}, the version that this deskhand reads`,
  }),
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {
      error: 'expected letters, digits, dots, dashes and underscores',
    })
    .meta({ description: 'Names the task in reports and folders.' }),
  title: z.string().min(1).optional().meta({ description: 'One line for people.' }),
  instruction: steps.meta({
    description: 'What the model is told: text, or a list of steps that are joined by newlines.',
  }),
  parameters: parametersSchema.optional(),
  variants: variantsSchema.optional(),
  model: providerSchema
    .optional()
    .meta({ description: 'The model to use where neither a flag, a variable nor deskhand.yaml names one.' }),
  environment: z.enum(['linux', 'browser']).optional().meta({
    description: 'linux: a desktop; browser: Chromium fills the screen. Default linux.',
  }),
  url: pageAddress.optional().meta({ description: 'What the browser opens, after the setup.' }),
  image: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'The image of the desktop. Default: deskhand’s own.' }),
  display: displaySize.optional(),
  gate: z.literal('deny').optional().meta({
    description: 'Deny what needs approval, even where somebody could be asked.',
  }),
  network: networkSchema.optional().meta({ description: 'What the sandbox can reach. Default none.' }),
  functions: functionNames
    .optional()
    .meta({ description: 'What the model may call beside the computer tool. Default none.' }),
  limits: limitsSchema.optional(),
  secrets: secretsSchema.default({}),
  setup,
  checks: z.array(checkSchema).default([]).meta({
    description:
      'Run after the model says that it is done, in order; all must pass. The model does not see them.',
  }),
  reference: attempt.optional().meta({
    description: 'An attempt that does the task: the checks must pass after it. For `eval check`.',
  }),
  counterExample: attempt.optional().meta({
    description:
      'An attempt that does not do the task: the checks must fail after it. Default: nothing is done.',
  }),
  tags: z.array(z.string().min(1)).default([]),
});

export type ParsedTask = z.output<typeof taskSchema>;
export type SetupCommand = z.output<typeof setupCommand>;
export type WaitStep = z.output<typeof waitStep>;

/** The JSON Schema of a task file, for editors. */
export function taskJsonSchema(): Record<string, unknown> {
  return { title: 'deskhand task', ...z.toJSONSchema(taskSchema, { io: 'input' }) };
}
