import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import type { SafetyCheck } from '../../../src/action/action.ts';
import type { Screenshot } from '../../../src/action/screenshot.ts';
import type {
  CallResult,
  ComputerCallResult,
  FunctionCallResult,
  TaskBrief,
  TurnInput,
} from '../../../src/model/model-client.ts';
import { createOpenAiModel } from '../../../src/model/openai/openai-model.ts';
import type { OpenAiModelOptions } from '../../../src/model/openai/openai-model.ts';
import { createResponsesServer } from '../../../src/testing/responses-server/responses-server.ts';
import type {
  ResponsesServer,
  ResponsesServerOptions,
} from '../../../src/testing/responses-server/responses-server.ts';
import { ScriptedBrain } from '../../../src/testing/responses-server/scripted-brain.ts';
import type { ScriptedAnswer } from '../../../src/testing/responses-server/scripted-brain.ts';
import { SkippingClock } from '../../../src/testing/skipping-clock.ts';

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A real PNG of one grey; equal shades are equal pictures. */
export function screen(shade: number, width = 64, height = 48): Screenshot {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width, shade)]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const png = Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return { png, width, height, sha256: createHash('sha256').update(png).digest('hex'), takenAtMs: 0 };
}

export const brief: TaskBrief = {
  instruction: 'Open the editor.',
  display: { width: 64, height: 48 },
  environment: 'linux',
};

export const click = { type: 'click', button: 'left', x: 10, y: 20, keys: null };

export function first(shade = 0, notes: readonly string[] = []): TurnInput {
  return { results: [], notes, screenshot: screen(shade) };
}

export function executed(
  callId: string,
  shade: number,
  acknowledgedSafetyChecks: readonly SafetyCheck[] = [],
): ComputerCallResult {
  return {
    type: 'computer',
    callId,
    outcome: 'executed',
    screenshot: screen(shade),
    acknowledgedSafetyChecks,
  };
}

export function refused(callId: string, shade: number): ComputerCallResult {
  return {
    type: 'computer',
    callId,
    outcome: 'refused',
    screenshot: screen(shade),
    acknowledgedSafetyChecks: [],
  };
}

/** A function that was called, and what it gave. */
export function ran(callId: string, output: string): FunctionCallResult {
  return { type: 'function', callId, outcome: 'executed', output };
}

/** The results of a turn and the screen after the last of them. */
export function answering(results: readonly CallResult[], notes: readonly string[] = []): TurnInput {
  const last = results.findLast(({ type }) => type === 'computer');
  return { results, notes, screenshot: last?.type === 'computer' ? last.screenshot : screen(255) };
}

export interface Loopback extends AsyncDisposable {
  readonly server: ResponsesServer;
  readonly brain: ScriptedBrain;
  readonly clock: SkippingClock;
  /** A client of the server; waits between its requests take no time. */
  readonly openAi: (options?: Partial<OpenAiModelOptions>) => ReturnType<typeof createOpenAiModel>;
  /** The body of the n-th request, from 0. */
  readonly body: (index: number) => unknown;
  readonly statuses: () => readonly (number | undefined)[];
}

export async function loopback(
  answers: readonly ScriptedAnswer[],
  options: Partial<ResponsesServerOptions> = {},
): Promise<Loopback> {
  const brain = new ScriptedBrain(answers);
  const server = await createResponsesServer({ brain, ...options });
  const clock = new SkippingClock();
  return {
    server,
    brain,
    clock,
    openAi: (more = {}) =>
      createOpenAiModel({
        model: 'gpt-5.4',
        apiKey: server.apiKey,
        baseUrl: server.baseUrl,
        clock,
        random: () => 0.5,
        ...more,
      }),
    body: (index) => server.requests[index]?.body,
    statuses: () => server.requests.map(({ status }) => status),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
