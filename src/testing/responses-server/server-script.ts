import { z } from 'zod';
import { readYamlFile } from '../../config/yaml-file.ts';
import { type BrainReply, callDraft, type Draft, messageDraft, reasoningDraft } from './brain.ts';
import type { Fault } from './faults.ts';

const text = z.string().min(1);
const wireItem = z.looseObject({ type: text });

const answer = z
  .strictObject({
    reasoning: text.optional(),
    /** One computer call of these wire actions. */
    actions: z.array(wireItem).optional(),
    /** Pending safety checks of that call. */
    checks: z
      .array(z.strictObject({ id: text, code: z.string().nullable(), message: z.string().nullable() }))
      .optional(),
    message: text.optional(),
    /** Further output items, in their wire form. */
    output: z.array(wireItem).optional(),
    status: z.enum(['completed', 'incomplete', 'failed']).optional(),
    incompleteReason: text.optional(),
  })
  .refine(({ reasoning, actions, message, output }) => reasoning ?? actions ?? message ?? output, {
    error: 'expected one of the fields reasoning, actions, message, output',
  });

const fault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('latency'), ms: z.number().nonnegative() }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.number().int().min(400).max(599),
    body: z.unknown().optional(),
    headers: z.record(text, z.string()).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('reset') }),
  z.strictObject({ kind: z.literal('truncate') }),
  z.strictObject({ kind: z.literal('stall'), after: z.enum(['nothing', 'headers']) }),
  z.strictObject({ kind: z.literal('body'), body: z.string(), contentType: z.string().exactOptional() }),
]);

const scriptFile = z.strictObject({
  /** One for each request that gets through, in order. */
  answers: z.array(answer).min(1).optional(),
  /** Of the first requests, one each. */
  faults: z.array(fault).optional(),
});

/** What the server answers, and what goes wrong before it does. */
export interface ServerScript {
  readonly answers: readonly BrainReply[] | undefined;
  readonly faults: readonly Fault[];
}

/**
 * Reads a script for the server, YAML or JSON.
 * @throws InputError not-found; invalid-file with every problem and its place
 */
export async function readServerScript(path: string): Promise<ServerScript> {
  const { value } = await readYamlFile(path, { schema: scriptFile });
  return { answers: value.answers?.map(toReply), faults: (value.faults ?? []).map(toFault) };
}

function toReply(scripted: z.output<typeof answer>): BrainReply {
  const { reasoning, actions, checks, message, output = [], status, incompleteReason } = scripted;
  const drafts: readonly Draft[] = [
    ...(reasoning === undefined ? [] : [reasoningDraft(reasoning)]),
    ...(actions === undefined ? [] : [callDraft(actions, checks ? { pending_safety_checks: checks } : {})]),
    ...(message === undefined ? [] : [messageDraft(message)]),
    ...output,
  ];
  return { output: drafts, incompleteReason, ...(status === undefined ? {} : { status }) };
}

function toFault(scripted: z.output<typeof fault>): Fault {
  return scripted.kind === 'none' ? { kind: 'latency', ms: 0 } : scripted;
}
