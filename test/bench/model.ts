import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import sharp from 'sharp';
import { z } from 'zod';
import type { Screenshot } from '../../src/action/screenshot.ts';
import type { Conversation, Turn, TurnInput } from '../../src/model/model-client.ts';
import { createOpenAiModel } from '../../src/model/openai/openai-model.ts';
import { summarize, type Summary } from './statistics.ts';

const SIZE = { width: 1440, height: 900 };
const WINDOW = 10;
const TURNS = 60;
const LONG_RUN_TURNS = 500;
const EVERY = 50;

/** A screen of text on a plain ground, or one covered by a photograph. */
async function draw(kind: 'plain' | 'busy', index: number): Promise<Screenshot> {
  const lines = Array.from(
    { length: 30 },
    (_, line) =>
      `<text x="${40 + index}" y="${60 + line * 26}" font-size="18" fill="#222">line ${line} of screen ${index}</text>`,
  );
  const text = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="1440" height="900">${lines.join('')}</svg>`,
  );
  const noise = { type: 'gaussian', mean: 128, sigma: kind === 'busy' ? 20 : 0 } as const;
  const ground = sharp({ create: { ...SIZE, channels: 3, background: '#dde', noise } });
  const png = await (
    kind === 'busy' ? ground.blur(5) : sharp({ create: { ...SIZE, channels: 3, background: '#dde' } })
  )
    .composite([{ input: text }])
    .png({ compressionLevel: 3 })
    .toBuffer();
  return { png, ...SIZE, sha256: createHash('sha256').update(png).digest('hex'), takenAtMs: 0 };
}

const collector = z.custom<() => void>((value) => typeof value === 'function');

const SERVER = fileURLToPath(new URL('model-server.ts', import.meta.url));
const address = z.object({ port: z.number() });

/** A server in a process of its own, so that its reading is none of the client's time. */
async function startServer() {
  const child = fork(SERVER, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [message] = await once(child, 'message');
  const { port } = address.parse(message);
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** When the last request's body was handed to the socket, and when its answer had come; undici's own channels. */
class Wire {
  sentAt = 0;
  receivedAt = 0;
  readonly #sent = (): void => void (this.sentAt = performance.now());
  readonly #received = (): void => void (this.receivedAt = performance.now());

  constructor() {
    subscribe('undici:request:bodySent', this.#sent);
    subscribe('undici:request:trailers', this.#received);
  }

  [Symbol.dispose](): void {
    unsubscribe('undici:request:bodySent', this.#sent);
    unsubscribe('undici:request:trailers', this.#received);
  }
}

function answer(turn: Turn | undefined, screenshot: Screenshot): TurnInput {
  const calls = turn?.items.filter((item) => item.type === 'computer_call') ?? [];
  const results = calls.map(({ callId }) => ({
    type: 'computer' as const,
    callId,
    outcome: 'executed' as const,
    screenshot,
    acknowledgedSafetyChecks: [],
  }));
  return { results, notes: [], screenshot };
}

/** Fresh buffers, as each screenshot of a run is one. */
function copyOf(screenshot: Screenshot): Screenshot {
  return { ...screenshot, png: Buffer.from(screenshot.png) };
}

type History = 'server' | 'client';

function start(baseUrl: string, history: History) {
  const model = createOpenAiModel({
    model: 'gpt-5.4',
    apiKey: 'none',
    baseUrl,
    history,
    historyWindow: WINDOW,
  });
  const brief = { instruction: 'Go.', display: SIZE, environment: 'linux' } as const;
  return { model, conversation: model.start(brief) };
}

interface Overhead {
  readonly screenshotBytes: number;
  /** From the results in hand to the last byte at the socket, ms. */
  readonly send: Summary;
  /** From the last byte of the answer to the actions in hand, ms. */
  readonly receive: Summary;
  readonly both: Summary;
  /** Of this process for the whole turn, user and system: what other work on the machine does not change much. */
  readonly cpu: Summary;
}

async function measure(baseUrl: string, history: History, screens: readonly Screenshot[]): Promise<Overhead> {
  const { model, conversation } = start(baseUrl, history);
  await using _ = model;
  using wire = new Wire();
  const samples: { readonly send: number; readonly receive: number; readonly cpu: number }[] = [];
  let turn: Turn | undefined;
  for (let index = 0; index < TURNS; index++) {
    const input = answer(turn, copyOf(screenAt(screens, index)));
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    turn = await conversation.respond(input);
    const endedAt = performance.now();
    const { user, system } = process.cpuUsage(cpuBefore);
    const cpu = (user + system) / 1000;
    samples.push({ send: wire.sentAt - startedAt, receive: endedAt - wire.receivedAt, cpu });
  }
  // The window is full from here on; before it, code is also still being compiled.
  const full = samples.slice(WINDOW * 2);
  return {
    screenshotBytes: screenAt(screens, 0).png.byteLength,
    send: summarize(full.map(({ send }) => send)),
    receive: summarize(full.map(({ receive }) => receive)),
    both: summarize(full.map(({ send, receive }) => send + receive)),
    cpu: summarize(full.map(({ cpu }) => cpu)),
  };
}

function screenAt(screens: readonly Screenshot[], index: number): Screenshot {
  const found = screens[index % screens.length];
  if (found === undefined) throw new Error('There is no screen.');
  return found;
}

/** Heap and buffers of this process after a collection, MiB, every 50 turns of one conversation. */
async function memoryOverTurns(baseUrl: string, screens: readonly Screenshot[]): Promise<readonly number[]> {
  const { model, conversation } = start(baseUrl, 'client');
  await using _ = model;
  setFlagsFromString('--expose-gc');
  const collect = collector.parse(runInNewContext('gc'));
  const mebibytes: number[] = [];
  let turn: Turn | undefined;
  for (let index = 1; index <= LONG_RUN_TURNS; index++) {
    turn = await respond(conversation, turn, copyOf(screenAt(screens, index)));
    if (index % EVERY !== 0) continue;
    collect();
    const { heapUsed, external } = process.memoryUsage();
    mebibytes.push(Math.round((heapUsed + external) / 1024 / 1024));
  }
  return mebibytes;
}

function respond(conversation: Conversation, turn: Turn | undefined, screen: Screenshot): Promise<Turn> {
  return conversation.respond(answer(turn, screen));
}

/** The client's own share of a turn at 1440x900, and its memory over a long run with history on the client. */
export async function benchModel(): Promise<unknown> {
  await using server = await startServer();
  const kinds = ['plain', 'busy'] as const;
  const overhead: Record<string, Overhead> = {};
  let busy: readonly Screenshot[] = [];
  for (const kind of kinds) {
    const screens = await Promise.all(Array.from({ length: WINDOW + 1 }, (_, index) => draw(kind, index)));
    for (const history of ['server', 'client'] as const) {
      overhead[`${history}, ${kind}`] = await measure(server.baseUrl, history, screens);
    }
    busy = screens;
  }
  return {
    unit: 'ms',
    overhead,
    memory: {
      unit: `MiB in use after a collection, every ${EVERY} turns, history on the client, busy screens`,
      mebibytes: await memoryOverTurns(server.baseUrl, busy),
    },
  };
}
