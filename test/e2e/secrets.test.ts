import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createScreenReader } from '../../src/model/ocr/screen-reader.ts';
import { scanTrajectory } from '../../src/recording/reader.ts';
import { callDraft, messageDraft } from '../../src/testing/responses-server/brain.ts';
import { createResponsesServer } from '../../src/testing/responses-server/responses-server.ts';
import { type ScriptedAnswer, ScriptedBrain } from '../../src/testing/responses-server/scripted-brain.ts';
import { createTemporaryFolder, runCli, type TemporaryFolder } from '../support/cli.ts';

/** Words that OCR reads well, so that a picture that shows them is noticed. */
const SECRET = 'Zebra Quartz 4711';
const FILE_SECRET = 'Walrus Topaz 0815';

const WRITTEN = `\n\n\nThe word is ${SECRET}\nand ${FILE_SECRET}, that is all.`;

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await createTemporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const typing = (text: string) => ({ type: 'type', text });
const keys = (...names: readonly string[]) => ({ type: 'keypress', keys: names });
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A model that types both secrets into an editor, selects and moves them, saves, and then says `last`. */
function script(first: string, second: string): readonly ScriptedAnswer[] {
  return [
    [callDraft([typing('The word is '), typing(first), typing(`\nand ${second}, that is all.`)])],
    [callDraft([keys('CTRL', 'HOME'), typing('\n\n\n'), keys('CTRL', 'A')])],
    [callDraft([keys('CTRL', 'S'), { type: 'wait' }])],
    [messageDraft('Done.')],
  ];
}

const TASK = `version: 1
id: secrets
instruction: Type {{secret:WORD}} and {{secret:OTHER}}.
secrets:
  WORD: { env: DESKHAND_SECRET_WORD }
  OTHER: { file: other.txt }
setup:
  files: [{ path: ~/note.txt, content: '' }]
  open: [mousepad ~/note.txt]
checks:
  - command: sha256sum ~/note.txt
    stdout: { contains: '${sha256(WRITTEN)}' }
  - file: ~/note.txt
    contains: nothing of the kind
`;

async function run(name: string, answers: readonly ScriptedAnswer[]) {
  const brain = new ScriptedBrain(answers);
  await using server = await createResponsesServer({ brain });
  const task = join(folder.path, 'task.yaml');
  await writeFile(task, TASK);
  await writeFile(join(folder.path, 'other.txt'), `${FILE_SECRET}\n`);
  const runs = join(folder.path, name);
  await mkdir(runs);
  const argv = ['run', task, '--model', 'openai', '--base-url', `${server.url}/v1`, '--display', '1024x768'];
  const result = await runCli(
    [...argv, '--runs', runs, '--record-model', join(runs, 'model.jsonl'), '--json'],
    {
      env: { OPENAI_API_KEY: server.apiKey, DESKHAND_SECRET_WORD: SECRET },
    },
  );
  const [id = ''] = (await readdir(runs)).filter((entry) => entry.startsWith('2'));
  return { ...result, runs, path: join(runs, id), requests: brain.requests };
}

async function filesBelow(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The words that each picture shows. */
async function read(pictures: readonly Buffer[]): Promise<readonly string[]> {
  await using reader = createScreenReader();
  const texts: string[] = [];
  for (const png of pictures) texts.push((await reader.read(png, {})).map(({ text }) => text).join('\n'));
  return texts;
}

function picturesIn(text: string): readonly Buffer[] {
  return [...text.matchAll(/data:image\/png;base64,([A-Za-z0-9+/=]+)/g)].map(([, data = '']) =>
    Buffer.from(data, 'base64'),
  );
}

const WORDS = /zebra|quartz|4711|walrus|topaz|0815/i;

it('types secrets that nothing shows: no file of the run, no request to the model, no picture', async () => {
  const { code, stdout, stderr, runs, path, requests } = await run(
    'hidden',
    script('{{secret:WORD}}', '{{secret:OTHER}}'),
  );
  expect(stderr).not.toContain('error');
  // The first check holds: the editor's file has the secrets. The second fails, and would have quoted them.
  expect(code).toBe(1);
  const { lines } = await scanTrajectory(join(path, 'trajectory.jsonl'));
  const checks = lines.flatMap(({ event }) => (event.type === 'check' ? [event] : []));
  expect(checks.map(({ result }) => result)).toEqual(['passed', 'failed']);
  expect(checks[1]?.detail).toContain('{{secret:WORD}}');

  const forms = [SECRET, FILE_SECRET].flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('hex'),
  ]);
  const said = JSON.stringify(requests);
  const files = await filesBelow(runs);
  expect(files.length).toBeGreaterThan(8);
  const contents = await Promise.all(files.map(async (file) => await readFile(file)));
  for (const form of forms) {
    expect([stdout.includes(form), stderr.includes(form), said.includes(form)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(files.filter((_, index) => contents[index]?.includes(form))).toEqual([]);
  }

  // Every picture that was kept and every one that the model was sent.
  const kept = contents.filter((_, index) => files[index]?.endsWith('.png'));
  const pictures = [
    ...kept,
    ...picturesIn(said),
    ...picturesIn(contents[files.indexOf(join(path, 'report.html'))]?.toString() ?? ''),
  ];
  const texts = await read([
    ...new Map(pictures.map((png) => [sha256(png.toString('base64')), png])).values(),
  ]);
  expect(texts.filter((text) => WORDS.test(text))).toEqual([]);
  // What is not secret is still to be seen.
  expect(texts.some((text) => /The word is/.test(text))).toBe(true);

  const notes = lines.flatMap(({ event }) => (event.type === 'request' ? event.notes : []));
  expect(notes[0]).toContain('{{secret:WORD}}, {{secret:OTHER}}');

  await replays(path);
});

/** The recording names the secrets, and the task file still says where they are. */
async function replays(path: string): Promise<void> {
  const without = await runCli(['replay', path]);
  expect(without.stderr).toMatch(
    /Step 2 of .* types the secret WORD, which no recording holds\. .*DESKHAND_SECRET_WORD is not set\.\n.*--to 1/,
  );
  expect(without.code).toBe(2);

  const env = { DESKHAND_SECRET_WORD: SECRET };
  const replayed = await runCli(['replay', path, '--keep', '--json'], { env });
  const [name = ''] = /deskhand-replay-\S+/.exec(replayed.stderr) ?? [];
  const typed = await runCli(['sandbox', 'exec', name, '--', 'sha256sum', '/home/user/note.txt']);
  await runCli(['sandbox', 'rm', name]);
  expect(typed.stdout).toContain(sha256(WRITTEN));
  expect(replayed.stdout + replayed.stderr).not.toMatch(WORDS);
  expect(JSON.parse(replayed.stdout)).toMatchObject({
    outcome: 'same',
    frames: { different: 0, missing: 0 },
  });
  expect(replayed.code).toBe(0);
}

it('is a test that would notice: the same words that are no secret are read in the pictures', async () => {
  const { path, requests } = await run(
    'shown',
    script(SECRET, FILE_SECRET)
      .slice(0, 1)
      .concat([[messageDraft('Done.')]]),
  );
  const frames = (await filesBelow(join(path, 'frames'))).filter((file) => file.endsWith('.png'));
  const texts = await read(await Promise.all(frames.map((file) => readFile(file))));
  expect(texts.some((text) => WORDS.test(text))).toBe(true);
  expect(picturesIn(JSON.stringify(requests)).length).toBeGreaterThan(0);
});

it('says which variable is missing, before anything is started', async () => {
  const task = join(folder.path, 'task.yaml');
  await writeFile(task, TASK);
  await using server = await createResponsesServer({ brain: new ScriptedBrain([]) });
  const argv = ['run', task, '--model', 'openai', '--base-url', `${server.url}/v1`];
  const { code, stderr } = await runCli([...argv, '--runs', join(folder.path, 'none')], {
    env: { OPENAI_API_KEY: server.apiKey },
  });
  expect(stderr).toContain('secrets.WORD: the variable DESKHAND_SECRET_WORD is not set.');
  expect(code).toBe(2);
});
