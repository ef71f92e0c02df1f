import { createHash } from 'node:crypto';
import type { FunctionDeclaration } from '../../action/function-call.ts';
import type { Screenshot } from '../../action/screenshot.ts';
import type {
  CallResult,
  Conversation,
  ModelClient,
  TaskBrief,
  Turn,
  TurnItem,
} from '../../model/model-client.ts';
import type { WireItem } from '../../model/wire.ts';
import { messageDraft, reasoningDraft, refusalDraft } from './brain.ts';
import type { Brain, BrainReply, BrainRequest, Draft } from './brain.ts';
import type { PngImage } from './png.ts';
import { userTexts } from './request-checks.ts';

interface Session {
  readonly instruction: string;
  readonly conversation: Conversation;
  last: Turn | undefined;
  /** The newest that was sent: an answer of a function brings none. */
  screenshot: Screenshot;
}

const MADE_BY_THE_MODEL = new Set(['computer_call', 'function_call', 'reasoning']);

/** Serves a model of ours (a script, or `local`) over the wire: one conversation of it for each of the server's. */
export class ModelBrain implements Brain {
  readonly #model: ModelClient;
  readonly #sessionOf = new Map<string, Session>();
  readonly #sessions: Session[] = [];

  constructor(model: ModelClient) {
    this.#model = model;
  }

  async answer(request: BrainRequest): Promise<BrainReply> {
    const session = this.#find(request) ?? this.#start(request);
    if (request.screenshot !== undefined) session.screenshot = toScreenshot(request.screenshot);
    const { screenshot } = session;
    const fresh = newest(request.input);
    const turn = await session.conversation.respond(
      {
        results: toResults(session.last, fresh, screenshot),
        notes: userTexts(fresh).filter((text) => text !== session.instruction),
        screenshot,
      },
      { signal: request.signal },
    );
    session.last = turn;
    for (const key of [request.responseId, ...callIdsOf(turn)]) this.#sessionOf.set(key, session);
    return toReply(turn);
  }

  /** By the stored response, else by a call that is in the history, else by a history that was put into words. */
  #find({ previousResponseId, input }: BrainRequest): Session | undefined {
    if (previousResponseId !== undefined) return this.#sessionOf.get(previousResponseId);
    const callIds = input.map((item) => String(item['call_id']));
    const session = callIds.map((id) => this.#sessionOf.get(id)).findLast((found) => found !== undefined);
    if (session !== undefined) return session;
    const [instruction, log] = userTexts(input);
    return log === undefined ? undefined : this.#sessions.findLast((one) => one.instruction === instruction);
  }

  #start({ input, tools, screenshot: image }: BrainRequest): Session {
    if (image === undefined) throw new Error('The first request has no picture of the screen.');
    const { width, height } = image;
    const tool = tools.find(({ type }) => type === 'computer_use_preview');
    const environment = tool !== undefined && 'environment' in tool ? tool.environment : 'linux';
    const instruction = userTexts(input)[0] ?? '';
    const functions = toDeclarations(tools);
    const brief: TaskBrief = {
      instruction,
      display: { width, height },
      environment,
      ...(functions.length > 0 && { functions }),
    };
    const conversation = this.#model.start(brief);
    const session: Session = { instruction, conversation, last: undefined, screenshot: toScreenshot(image) };
    this.#sessions.push(session);
    return session;
  }
}

function toDeclarations(tools: BrainRequest['tools']): readonly FunctionDeclaration[] {
  return tools.flatMap((tool) => {
    if (tool.type !== 'function') return [];
    const { name, description, parameters, strict } = tool;
    return [{ name, description: description ?? '', parameters: parameters ?? {}, strict: strict ?? false }];
  });
}

/** What came after the model's own last item: all of it, where the server keeps the history. */
function newest(input: readonly WireItem[]): readonly WireItem[] {
  const last = input.findLastIndex(
    (item) => MADE_BY_THE_MODEL.has(item.type) || item['role'] === 'assistant',
  );
  return input.slice(last + 1);
}

function toScreenshot({ png, width, height }: PngImage): Screenshot {
  const sha256 = createHash('sha256').update(png).digest('hex');
  return { png, width, height, sha256, takenAtMs: Date.now() };
}

/** A call that was not answered was set aside: for the model behind, it was refused. */
function toResults(
  last: Turn | undefined,
  fresh: readonly WireItem[],
  screenshot: Screenshot,
): readonly CallResult[] {
  const answers = new Map(fresh.map((item) => [item['call_id'], item]));
  return (last?.items ?? []).flatMap((item): readonly CallResult[] => {
    if (!('callId' in item)) return [];
    const { callId } = item;
    const answer = answers.get(callId);
    const outcome = answer === undefined ? 'refused' : 'executed';
    if (item.type === 'function_call') {
      return [{ type: 'function', callId, outcome, output: toText(answer?.['output']) }];
    }
    const acknowledgedSafetyChecks = answer === undefined ? [] : item.pendingSafetyChecks;
    return [{ type: 'computer', callId, outcome, screenshot, acknowledgedSafetyChecks }];
  });
}

/** A function may answer with a list of content; models of ours take texts. */
function toText(output: unknown): string {
  return typeof output === 'string' ? output : (JSON.stringify(output) ?? '');
}

function callIdsOf(turn: Turn): readonly string[] {
  return turn.items.flatMap((item) => ('callId' in item ? [item.callId] : []));
}

function toDraft(item: TurnItem): Draft {
  switch (item.type) {
    case 'message':
      return messageDraft(item.text);
    case 'refusal':
      return refusalDraft(item.text);
    case 'reasoning':
      return reasoningDraft(item.summary);
    case 'computer_call':
      return {
        type: 'computer_call',
        call_id: item.callId,
        status: item.status,
        actions: item.actions,
        pending_safety_checks: item.pendingSafetyChecks,
      };
    case 'function_call':
      return {
        type: 'function_call',
        call_id: item.callId,
        status: item.status,
        name: item.name,
        arguments: item.arguments,
      };
    case 'unknown':
      return { type: item.wireType, wire: item.wire };
  }
}

function toReply({ status, incompleteReason, items, usage }: Turn): BrainReply {
  return { output: items.map(toDraft), status, incompleteReason, usage };
}
