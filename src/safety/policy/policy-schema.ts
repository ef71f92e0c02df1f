import { z } from 'zod';
import { chordPattern, textPattern, urlPattern } from './patterns.ts';

/** Raised when a reader of the version before could not read the file. */
const POLICY_VERSION = 1;

/** One value or several, as a list. */
function oneOrMore<S extends z.ZodType>(schema: S) {
  return z
    .union([schema, z.array(schema).min(1)])
    .transform((value): readonly z.output<S>[] => (Array.isArray(value) ? value : [value]));
}

const ACTION_TYPES = [
  'click',
  'double_click',
  'drag',
  'keypress',
  'move',
  'screenshot',
  'scroll',
  'type',
  'wait',
] as const;

const glob = z.string().min(1);

const application = z
  .union([
    glob.transform((name) => ({ class: [name], title: undefined })),
    z
      .strictObject({
        class: oneOrMore(glob)
          .optional()
          .meta({ description: 'WM_CLASS, either part; * for any characters.' }),
        title: textPattern.optional().meta({ description: 'What the title of the window has in it.' }),
      })
      .refine((value) => value.class !== undefined || value.title !== undefined, {
        error: 'expected at least one of class, title',
      }),
  ])
  .meta({ description: 'The application in front: its WM_CLASS, or its class and the title of its window.' });

const tool = z
  .union([
    glob.transform((name) => ({ name: [name], arguments: undefined })),
    z.strictObject({
      name: oneOrMore(glob).meta({ description: 'Names of tools; * for any characters.' }),
      arguments: textPattern.optional().meta({ description: 'What the arguments as JSON have in them.' }),
    }),
  ])
  .meta({ description: 'A call of a tool of one’s own, by its name and its arguments.' });

const px = z.int().min(0);
const region = z
  .strictObject({ x: px, y: px, width: z.int().min(1), height: z.int().min(1) })
  .meta({ description: 'px of the declared screen, from the top left corner.' });

const conditions = {
  action: oneOrMore(z.enum(ACTION_TYPES)).optional().meta({ description: 'Types of actions.' }),
  text: oneOrMore(textPattern)
    .optional()
    .meta({ description: 'What is typed has one of these in it; text typed in pieces counts as one.' }),
  keys: oneOrMore(chordPattern)
    .optional()
    .meta({ description: 'Chords, whole: CTRL+W is not CTRL+SHIFT+W.' }),
  url: oneOrMore(urlPattern).optional().meta({ description: 'The page that the browser shows.' }),
  application: oneOrMore(application).optional(),
  region: oneOrMore(region).optional().meta({ description: 'Where a pointer action has one of its points.' }),
  tool: oneOrMore(tool).optional(),
};

const EFFECTS = ['allow', 'ask', 'deny', 'terminate'] as const;
const effect = z.enum(EFFECTS);

const rule = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, { error: 'expected lower-case letters, digits and dashes' })
    .meta({ description: 'Names the rule in records; used once.' }),
  when: z
    .strictObject(conditions)
    .refine((given) => Object.values(given).some((condition) => condition !== undefined), {
      error: `expected at least one of ${Object.keys(conditions).join(', ')}`,
    })
    .meta({ description: 'All of these must hold; of a list, one.' }),
  effect: effect.meta({ description: 'allow, ask a person, deny (the model is told), or end the run.' }),
  why: z.string().min(1).optional().meta({ description: 'One sentence for the person and the model.' }),
});

/** What may be done on a desktop, as people write it in a file: the first rule that matches decides. */
export const policySchema = z.strictObject({
  version: z.literal(POLICY_VERSION, {
    error: `expected ${POLICY_VERSION}, the version that this deskhand reads`,
  }),
  default: effect.meta({ description: 'What holds where no rule matches.' }),
  rules: z
    .array(rule)
    .meta({ description: 'In order; the first one that matches decides.' })
    .superRefine((rules, context) => {
      for (const [index, { name }] of rules.entries()) {
        const first = rules.findIndex((other) => other.name === name);
        if (first === index) continue;
        const message = `expected a name that is used once; rules[${first}] has ${JSON.stringify(name)} too`;
        context.addIssue({ code: 'custom', path: [index, 'name'], message });
      }
    }),
});

export type Policy = z.output<typeof policySchema>;
export type PolicyRule = Policy['rules'][number];
export type Conditions = PolicyRule['when'];
export type Effect = z.output<typeof effect>;

/** The JSON Schema of a policy file, for editors. */
export function policyJsonSchema(): Record<string, unknown> {
  return { title: 'deskhand policy', ...z.toJSONSchema(policySchema, { io: 'input' }) };
}
