import { z } from 'zod';
import { shared } from '../trajectory.ts';
import type { EventOf, TrajectoryLine } from '../trajectory.ts';

const { safetyCheck } = shared;
const frame = z.string().optional();

/** What a run said and did, free of times: the middle between a trajectory and the shapes that it is exported to. */
const entry = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('user'), texts: z.array(z.string()), frame }),
  z.strictObject({ kind: z.literal('reasoning'), text: z.string() }),
  z.strictObject({ kind: z.literal('message'), text: z.string() }),
  z.strictObject({
    kind: z.literal('computer'),
    callId: z.string(),
    actions: z.array(z.unknown()),
    pendingSafetyChecks: z.array(safetyCheck),
  }),
  z.strictObject({
    kind: z.literal('function'),
    callId: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.strictObject({
    kind: z.literal('screen'),
    callId: z.string(),
    frame,
    acknowledgedSafetyChecks: z.array(safetyCheck),
  }),
  z.strictObject({ kind: z.literal('output'), callId: z.string(), text: z.string() }),
]);

export type DialogueEntry = z.infer<typeof entry>;

/** The PNG of a frame, or nothing where it was lost. */
export type Pictures = ReadonlyMap<string, Uint8Array>;

/** The dialogue of a run, in the order in which a model would be given it. */
export function toDialogue(lines: readonly TrajectoryLine[]): readonly DialogueEntry[] {
  const entries: DialogueEntry[] = [];
  const screens = new Map<string, string>();
  let instruction: string[] = [];
  for (const { event } of lines) {
    if (event.type === 'run-started') instruction = [event.task.instruction];
    if (event.type === 'step' && event.frame !== undefined) screens.set(event.callId, event.frame);
    if (event.type === 'request') {
      entries.push(...toInput(event, instruction, screens));
      instruction = [];
    }
    if (event.type === 'response') entries.push(...event.items.flatMap(toOutput));
  }
  return entries;
}

/** The results of the calls before, the last one with the screen of the request; then what the user says. */
function toInput(
  { results, notes, frame: now }: EventOf<'request'>,
  instruction: readonly string[],
  screens: ReadonlyMap<string, string>,
): readonly DialogueEntry[] {
  const answers = results.map(({ callId, output, acknowledgedSafetyChecks }, index): DialogueEntry => {
    if (output !== undefined) return { kind: 'output', callId, text: output };
    const after = index === results.length - 1 ? now : (screens.get(callId) ?? now);
    return { kind: 'screen', callId, frame: after, acknowledgedSafetyChecks };
  });
  const showsScreen = answers.at(-1)?.kind !== 'screen';
  const texts = [...instruction, ...notes];
  if (texts.length === 0 && !showsScreen) return answers;
  return [...answers, { kind: 'user', texts, ...(showsScreen ? { frame: now } : {}) }];
}

const item = z.union([
  z.object({ type: z.enum(['message', 'refusal']), text: z.string() }),
  z.object({ type: z.literal('reasoning'), summary: z.string() }),
  z.object({
    type: z.literal('computer_call'),
    callId: z.string(),
    actions: z.array(z.unknown()),
    pendingSafetyChecks: z.array(safetyCheck),
  }),
  z.object({ type: z.literal('function_call'), callId: z.string(), name: z.string(), arguments: z.string() }),
]);

/** What no shape knows is left out. */
function toOutput(recorded: EventOf<'response'>['items'][number]): readonly DialogueEntry[] {
  const parsed = item.safeParse(recorded);
  if (!parsed.success) return [];
  const { data } = parsed;
  switch (data.type) {
    case 'message':
    case 'refusal':
      return [{ kind: 'message', text: data.text }];
    case 'reasoning':
      return data.summary === '' ? [] : [{ kind: 'reasoning', text: data.summary }];
    case 'computer_call':
      return [{ ...rest(data), kind: 'computer' }];
    case 'function_call':
      return [{ ...rest(data), kind: 'function' }];
  }
}

function rest<T extends { readonly type: string }>({ type: _type, ...fields }: T): Omit<T, 'type'> {
  return fields;
}
