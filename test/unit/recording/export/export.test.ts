import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseChatExample, toChatExample } from '../../../../src/recording/export/chat-messages.ts';
import type { DialogueEntry } from '../../../../src/recording/export/dialogue.ts';
import { toDialogue } from '../../../../src/recording/export/dialogue.ts';
import { exportRun } from '../../../../src/recording/export/export-run.ts';
import { parseResponsesItems, toResponsesItems } from '../../../../src/recording/export/responses-items.ts';
import { createFileRecorder } from '../../../../src/recording/file-recorder.ts';
import { toHash } from '../../../../src/recording/frames.ts';
import { readTrajectory } from '../../../../src/recording/reader.ts';
import { createRunFolder } from '../../../../src/recording/run-folder.ts';
import { ManualClock } from '../../../../src/testing/manual-clock.ts';
import { fakeScreenshot, recordSampleRun, temporaryFolder } from '../sample-run.ts';

const PNG = Buffer.from('as good as a picture');
const FRAME = toHash(PNG);
const CHECK = { id: 'sc_1', code: 'malicious_instructions', message: null };

/** Every kind of entry that there is. */
const DIALOGUE: readonly DialogueEntry[] = [
  { kind: 'user', texts: ['Do it.', 'And well – “so”.'], frame: FRAME },
  { kind: 'reasoning', text: 'I look.' },
  { kind: 'message', text: 'I click.' },
  { kind: 'computer', callId: 'a', actions: [{ type: 'click', x: 0, y: 0 }], pendingSafetyChecks: [CHECK] },
  { kind: 'function', callId: 'b', name: 'shell', arguments: '{"command":"true"}' },
  { kind: 'screen', callId: 'a', frame: FRAME, acknowledgedSafetyChecks: [CHECK] },
  { kind: 'output', callId: 'b', text: '{"exit_code":0}' },
  { kind: 'user', texts: ['The next one was not run.'], frame: FRAME },
  { kind: 'message', text: 'Done.' },
];
const PICTURES = new Map([[FRAME, PNG]]);

test('the Responses items of a dialogue give the same dialogue and the same pictures', () => {
  const text = toResponsesItems(DIALOGUE, PICTURES)
    .map((item) => JSON.stringify(item))
    .join('\n');
  const back = parseResponsesItems(text);
  expect(back.dialogue).toEqual(DIALOGUE);
  expect(new Map([...back.pictures].map(([hash, png]) => [hash, Buffer.from(png)]))).toEqual(PICTURES);
});

test('the items are as the API has them', () => {
  const items = toResponsesItems(DIALOGUE, PICTURES);
  expect(items.map(({ type }) => type)).toEqual([
    'message',
    'reasoning',
    'message',
    'computer_call',
    'function_call',
    'computer_call_output',
    'function_call_output',
    'message',
    'message',
  ]);
  expect(items[5]).toEqual({
    type: 'computer_call_output',
    call_id: 'a',
    output: {
      type: 'computer_screenshot',
      image_url: `data:image/png;base64,${PNG.toString('base64')}`,
    },
    acknowledged_safety_checks: [CHECK],
  });
});

test('the chat of a dialogue gives the same dialogue and the same pictures', () => {
  const back = parseChatExample(JSON.stringify(toChatExample(DIALOGUE, PICTURES)));
  expect(back.dialogue).toEqual(DIALOGUE);
  expect([...back.pictures.keys()]).toEqual([FRAME]);
});

test('in a chat every call is answered by a tool message, and pictures stand with the user', () => {
  const { messages } = toChatExample(DIALOGUE, PICTURES);
  expect(messages.map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'assistant',
    'tool',
    'user',
    'tool',
    'user',
    'assistant',
  ]);
  const calls = messages.flatMap((one) => (one.role === 'assistant' ? (one.tool_calls ?? []) : []));
  const answers = messages.flatMap((one) => (one.role === 'tool' ? [one.tool_call_id] : []));
  expect(answers).toEqual(calls.map(({ id }) => id));
});

async function recorded() {
  const root = await temporaryFolder();
  const clock = new ManualClock();
  const folder = await createRunFolder({ parent: root.path, clock });
  const recorder = await createFileRecorder({ folder, clock });
  recordSampleRun(recorder, { turns: 3 });
  await recorder[Symbol.asyncDispose]();
  return { folder, [Symbol.asyncDispose]: () => root[Symbol.asyncDispose]() };
}

test.each(['responses', 'chat'] as const)('a run is exported as %s and read back whole', async (format) => {
  await using run = await recorded();
  const { lines } = await readTrajectory(run.folder.trajectory);
  const { text, problems } = await exportRun(run.folder, format);
  expect(problems).toEqual([]);
  const back = format === 'chat' ? parseChatExample(text) : parseResponsesItems(text);
  expect(back.dialogue).toEqual(toDialogue(lines));
  expect(back.dialogue.length).toBeGreaterThan(6);
  const [frame] = back.dialogue.flatMap((entry) => ('frame' in entry ? (entry.frame ?? []) : []));
  expect(frame).toBe(fakeScreenshot('frame 0').sha256);
  expect(Buffer.from(back.pictures.get(frame ?? '') ?? []).toString()).toBe('frame 0');
});

test('a frame that is lost is told, and the rest is exported', async () => {
  await using run = await recorded();
  const lost = fakeScreenshot('frame 0').sha256;
  await rm(join(run.folder.frames, `${lost}.png`));
  const { text, problems } = await exportRun(run.folder, 'responses');
  expect(problems).toEqual([expect.stringContaining(`${lost}.png: it does not exist`)]);
  expect(text).toContain('The screen was not recorded.');
  expect(parseResponsesItems(text).pictures.has(lost)).toBe(false);
});

test('a damaged run is exported up to the damage', async () => {
  await using run = await recorded();
  const { length } = await readFile(run.folder.trajectory);
  await truncate(run.folder.trajectory, length - 40);
  const { text, problems } = await exportRun(run.folder, 'chat');
  expect(problems).toEqual(['damaged at line 16: the line is cut off']);
  expect(parseChatExample(text).dialogue.length).toBeGreaterThan(6);
  await writeFile(run.folder.trajectory, '{"seq":0');
  await expect(exportRun(run.folder, 'chat')).rejects.toMatchObject({
    code: 'corrupt-trajectory',
    message: `${run.folder.trajectory} is damaged at line 1: the line is cut off.`,
  });
});

test.each([
  ['nonsense', 'Line 1 is not an item of the Responses API: it is not JSON.'],
  ['{}', 'Line 1 is not an item of the Responses API: type: no such item is known'],
  ['{"type":"computer_call"}', 'Line 1 is not an item of the Responses API: call_id: Invalid input'],
  [
    '\n{"type":"reasoning","summary":[{"text":1}]}',
    'Line 2 is not an item of the Responses API: summary.0.text: ',
  ],
])('what is no export is refused: %s', (text, message) => {
  expect(() => parseResponsesItems(text)).toThrow(message);
});

test.each([
  ['nonsense', 'The example is not JSON.'],
  ['{"messages":[{"role":"system"}],"tools":[]}', 'The example is no chat: messages.0.role'],
  [
    '{"messages":[],"tools":[]}\n{"messages":[],"tools":[]}',
    'One example is expected, in one line; there are 2 lines.',
  ],
  [
    JSON.stringify(
      toChatExample([{ kind: 'computer', callId: 'a', actions: [], pendingSafetyChecks: [] }], new Map()),
    ).replace('actions', 'deeds'),
    'The example is no chat: messages.0.tool_calls.0.function.arguments.actions: ',
  ],
])('what is no example is refused: %s', (text, message) => {
  expect(() => parseChatExample(text)).toThrow(message);
});
