import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ModelError } from '../../../src/errors.ts';
import type { ModelClient, TaskBrief, Turn, TurnInput } from '../../../src/model/model-client.ts';
import { recordModel } from '../../../src/model/replay/recording-model.ts';
import { createReplayModel, type ReplayOptions } from '../../../src/model/replay/replay-model.ts';
import {
  callItem,
  functionCallItem,
  messageItem,
  ScriptedModel,
  turnOf,
} from '../../../src/testing/scripted-model.ts';
import type { ScriptedStep } from '../../../src/testing/scripted-model.ts';
import { SkippingClock } from '../../../src/testing/skipping-clock.ts';
import { answering, brief, click, executed, first, ran, refused, screen } from './loopback.ts';

const CHECK = { id: 'sc_1', code: null, message: 'Sure?' };
const STEPS: readonly ScriptedStep[] = [
  turnOf({ type: 'reasoning', summary: 'Look.' }, callItem('call_a', [click]), callItem('call_b', [click])),
  turnOf(callItem('call_c', [click], { pendingSafetyChecks: [CHECK] })),
  turnOf(messageItem('Done.')),
];
const INPUTS: readonly TurnInput[] = [
  first(0),
  answering([executed('call_a', 80), executed('call_b', 120)], ['Mind the gap.']),
  answering([executed('call_c', 160, [CHECK])]),
];

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-replay-'));
  path = join(folder, 'cassette.jsonl');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function converse(client: ModelClient, inputs: readonly TurnInput[], about = brief): Promise<Turn[]> {
  const conversation = client.start(about);
  const turns: Turn[] = [];
  for (const input of inputs) turns.push(await conversation.respond(input));
  return turns;
}

async function record(
  steps: readonly ScriptedStep[] = STEPS,
  options: {
    readonly inputs?: readonly TurnInput[];
    readonly secrets?: readonly string[];
    readonly about?: TaskBrief;
  } = {},
): Promise<Turn[]> {
  const { inputs = INPUTS, secrets = [], about = brief } = options;
  await using client = await recordModel(new ScriptedModel(steps), { path, secrets });
  return await converse(client, inputs, about);
}

/** Without looking again, and with waits that take no time, unless told otherwise. */
async function replay(inputs: readonly TurnInput[], options: Partial<ReplayOptions> = {}): Promise<Turn[]> {
  await using client = await createReplayModel({ path, looks: 0, clock: new SkippingClock(), ...options });
  return await converse(client, inputs);
}

describe('a recorded conversation', () => {
  test('is played back turn for turn', async () => {
    const turns = await record();
    expect(await replay(INPUTS)).toEqual(turns);
    await using client = await createReplayModel({ path, brief });
    expect([client.provider, client.model, client.tool]).toEqual(['replay', 'scripted-1', 'computer']);
  });

  test('has the functions that were offered and what they gave, which may be another text the next time', async () => {
    const parameters = { type: 'object', properties: {}, additionalProperties: false };
    const about = { ...brief, functions: [{ name: 'date', description: '', parameters, strict: true }] };
    const steps = [
      turnOf(functionCallItem('call_f', 'date'), callItem('call_a', [click])),
      turnOf(messageItem('Done.')),
    ];
    const inputs = (output: string) => [first(0), answering([ran('call_f', output), executed('call_a', 9)])];
    const turns = await record(steps, { inputs: inputs('Monday'), about });
    expect(await readFile(path, 'utf8')).toContain('"output":"Monday"');

    await using client = await createReplayModel({ path, brief: about, clock: new SkippingClock() });
    expect(await converse(client, inputs('Tuesday'), about)).toEqual(turns);
    await expect(createReplayModel({ path, brief })).rejects.toThrow(
      'it was recorded with the functions date, and this run has no functions',
    );
    const refusal = { ...ran('call_f', 'Monday'), outcome: 'refused' as const };
    await using again = await createReplayModel({ path, brief: about, clock: new SkippingClock() });
    const other = [first(0), answering([refusal, executed('call_a', 9)])];
    await expect(converse(again, other, about)).rejects.toThrow('call_f (a function) refused');
  });

  test('has the hashes of the screens and not their pixels', async () => {
    await record();
    const cassette = await readFile(path, 'utf8');
    for (const { screenshot } of INPUTS) {
      expect(cassette).toContain(screenshot.sha256);
      expect(cassette).not.toContain(Buffer.from(screenshot.png).toString('base64').slice(0, 40));
    }
  });

  test('has no secret, and is still played back', async () => {
    const secrets = ['correct-horse-battery'];
    const about = { ...brief, instruction: 'Type correct-horse-battery and sk-abcdefghijklmnop.' };
    const inputs = [first(0, ['The key is correct-horse-battery.'])];
    const steps = [turnOf(messageItem('It was Bearer abcdef1234567890 then.'))];
    await record(steps, { inputs, secrets, about });
    const cassette = await readFile(path, 'utf8');
    expect(cassette).not.toMatch(/correct-horse|sk-abc|abcdef1234567890/);
    await using client = await createReplayModel({ path, brief: about, secrets });
    const [turn] = await converse(client, inputs, about);
    expect(turn?.items).toEqual([messageItem('It was [secret] then.')]);
  });

  test('gives a failure of the model back as it was', async () => {
    const error = new ModelError('model-rate-limited', 'Too many requests.', { hint: 'Wait.' });
    await expect(record([error])).rejects.toBe(error);
    await expect(replay(INPUTS)).rejects.toMatchObject({
      code: 'model-rate-limited',
      message: 'Too many requests.',
      hint: 'Wait.',
    });
  });

  test('does not have a turn that was cancelled', async () => {
    {
      await using client = await recordModel(new ScriptedModel(STEPS), { path });
      const pending = client.start(brief).respond(first(), { signal: AbortSignal.abort() });
      await expect(pending).rejects.toMatchObject({ code: 'cancelled' });
    }
    await expect(replay([first()])).rejects.toThrow('at turn 1: the recording ends after turn 0');
  });

  test('leaves no file when it never began', async () => {
    {
      await using _ = await recordModel(new ScriptedModel(STEPS), { path });
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test('never overwrites a file', async () => {
    await writeFile(path, 'precious');
    const pending = recordModel(new ScriptedModel(STEPS), { path });
    await expect(pending).rejects.toMatchObject({ code: 'invalid-option' });
    expect(await readFile(path, 'utf8')).toBe('precious');
  });
});

describe('a run that is not the recorded one', () => {
  const [opening = first(), second = first()] = INPUTS;

  test.each<[string, readonly TurnInput[], RegExp]>([
    [
      'a call was refused',
      [opening, { ...second, results: [executed('call_a', 80), refused('call_b', 120)] }],
      /turn 2: what became of the calls is call_a executed; call_b refused, and was call_a executed; call_b executed/,
    ],
    [
      'another note',
      [opening, { ...second, notes: [] }],
      /turn 2: the model is told nothing, and was told "Mind the gap\."/,
    ],
    [
      'another screen',
      [first(200)],
      /turn 1: the screen is another: 0\.0 % of it is the same, 98\.0 % is asked/,
    ],
    [
      'another screen after the first of two calls',
      [opening, { ...second, results: [executed('call_a', 200), executed('call_b', 120)] }],
      /turn 2: after the call call_a, the screen is another/,
    ],
    [
      'a screen of another size',
      [{ ...opening, screenshot: screen(0, 32, 24) }],
      /turn 1: the screen is another/,
    ],
    ['more turns than there are', [...INPUTS, answering([])], /turn 4: the recording ends after turn 3/],
  ])('%s: says at which turn and how', async (_name, inputs, message) => {
    await record();
    const pending = replay(inputs);
    await expect(pending).rejects.toThrow(message);
    await expect(pending).rejects.toMatchObject({ code: 'model-diverged' });
  });

  test('checks that were not acknowledged', async () => {
    await record();
    const inputs = [opening, second, answering([executed('call_c', 160)])];
    await expect(replay(inputs)).rejects.toThrow(
      /turn 3: .*call_c executed, and was call_c executed with sc_1/,
    );
  });

  test('a screen that differs by noise alone is the same, unless the hash is asked', async () => {
    await record();
    const inputs = [first(12), ...INPUTS.slice(1)];
    expect(await replay(inputs)).toHaveLength(3);
    await expect(replay([first(40)])).rejects.toThrow(/turn 1: the screen/);
  });
});

describe('a desktop that is slower than it was', () => {
  const [opening = first(), ...rest] = INPUTS;
  const look = (number: number): string => `replay_look_1_${number}`;

  test('is waited for, until its screen is the recorded one', async () => {
    const turns = await record();
    const late = [first(200), answering([executed(look(1), 200)]), answering([executed(look(2), 0)])];
    const replayed = await replay([...late, ...rest], { looks: 5 });
    expect(replayed.slice(2)).toEqual(turns);
    expect(replayed.slice(0, 2).flatMap(({ items }) => items)).toMatchObject([
      { type: 'reasoning' },
      { type: 'computer_call', callId: look(1), status: 'completed', actions: [{ type: 'wait' }] },
      { type: 'reasoning' },
      { type: 'computer_call', callId: look(2) },
    ]);
  });

  test('has diverged when it never gets there', async () => {
    await record();
    const inputs = [first(200), answering([executed(look(1), 200)]), answering([executed(look(2), 200)])];
    await expect(replay(inputs, { looks: 2 })).rejects.toThrow('turn 1: the screen is another');
  });

  test('has diverged when something else was done meanwhile', async () => {
    await record();
    const inputs = [first(200), answering([refused(look(1), 0)])];
    await expect(replay(inputs, { looks: 2 })).rejects.toThrow(/turn 1: what became of the calls/);
  });

  test('gets the time that the model took, and no longer than is allowed', async () => {
    const clock = new SkippingClock();
    const slowly = (ms: number) => async () => {
      await clock.sleep(ms);
      return turnOf(messageItem('Done.'));
    };
    {
      await using client = await recordModel(new ScriptedModel([slowly(700), slowly(9000)]), { path, clock });
      await converse(client, [opening, opening]);
    }
    const replayClock = new SkippingClock();
    await replay([opening, opening], { clock: replayClock });
    expect(replayClock.sleeps).toEqual([700, 2000]);
  });
});

describe('a cassette that cannot be played', () => {
  test('cut off anywhere: is said before anything is asked', async () => {
    await record();
    const whole = await readFile(path, 'utf8');
    const lineEnds = [...whole.matchAll(/\n/g)].map(({ index }) => index);
    const cuts = [0, 1, ...lineEnds.flatMap((end) => [end - 1, end, end + 1])].filter(
      (cut) => cut < whole.length,
    );
    for (const cut of cuts) {
      await writeFile(path, whole.slice(0, cut));
      await expect(createReplayModel({ path })).rejects.toMatchObject({
        code: 'invalid-file',
        message: expect.stringMatching(/is cut off at line \d|is no cassette/),
      });
    }
  });

  test('with a turn missing', async () => {
    await record();
    const lines = (await readFile(path, 'utf8')).split('\n');
    await writeFile(path, lines.toSpliced(2, 1).join('\n'));
    await expect(createReplayModel({ path })).rejects.toThrow('is damaged: its turns are not 1 to 3');
  });

  test('with a line that was changed', async () => {
    await record();
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"computer_call"', '"computer_cull"'));
    await expect(createReplayModel({ path })).rejects.toThrow(/is damaged at line 2: reply/);
  });

  test.each([
    ['a trajectory', '{"seq":0,"event":{"type":"run-started"}}\n', /is no cassette/],
    ['text', 'Open the editor.\n', /is no cassette: it is not JSON/],
    ['nothing', '', /is no cassette/],
    [
      'of a newer deskhand',
      '{"type":"cassette","version":9}\n',
      /it has format 9; this deskhand reads formats up to 1/,
    ],
  ])('%s', async (_name, text, message) => {
    await writeFile(path, text);
    await expect(createReplayModel({ path })).rejects.toThrow(message);
  });

  test('not there', async () => {
    await expect(createReplayModel({ path })).rejects.toMatchObject({ code: 'not-found' });
  });

  test.each<[string, Partial<TaskBrief>, RegExp]>([
    ['of another task', { instruction: 'Write a poem.' }, /another task: "Open the editor\."/],
    [
      'of another display',
      { display: { width: 1440, height: 900 } },
      /display of 64x48, and this one has 1440x900/,
    ],
    ['of another environment', { environment: 'windows' }, /recorded on linux, and this is windows/],
  ])('%s', async (_name, other, message) => {
    await record();
    const pending = createReplayModel({ path, brief: { ...brief, ...other } });
    await expect(pending).rejects.toThrow(message);
    await expect(pending).rejects.toMatchObject({ code: 'invalid-file' });
  });
});
