import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDisplay } from '../../src/display/rfb-display.ts';
import { scanTrajectory } from '../../src/recording/reader.ts';
import type { EventOf, TrajectoryEvent } from '../../src/recording/trajectory.ts';
import { callDraft, messageDraft } from '../../src/testing/responses-server/brain.ts';
import { createResponsesServer } from '../../src/testing/responses-server/responses-server.ts';
import { type ScriptedAnswer, ScriptedBrain } from '../../src/testing/responses-server/scripted-brain.ts';
import { createTemporaryFolder, ROOT, runCli, type TemporaryFolder } from '../support/cli.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await createTemporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const CLICK = { type: 'click', button: 'left', x: 512, y: 400 };
const CHECK = { id: 'sc_1', code: 'malicious_instructions', message: 'The page says to.' };
const DONE: ScriptedAnswer = [messageDraft('Done.')];

/** A command line of a run against a loopback server that plays `answers`; its runs go to a folder of their own. */
async function serve(name: string, answers: readonly ScriptedAnswer[]) {
  const brain = new ScriptedBrain(answers);
  const server = await createResponsesServer({ brain });
  const runs = join(folder.path, name);
  const events = async (): Promise<readonly TrajectoryEvent[]> => {
    const [run = ''] = await readdir(runs);
    const { lines } = await scanTrajectory(join(runs, run, 'trajectory.jsonl'));
    return lines.map(({ event }) => event);
  };
  return {
    argv: ['--model', 'openai', '--base-url', `${server.url}/v1`, '--display', '1024x768', '--runs', runs],
    env: { OPENAI_API_KEY: server.apiKey },
    runs,
    events,
    of: async <T extends TrajectoryEvent['type']>(type: T): Promise<readonly EventOf<T>[]> =>
      (await events()).filter((event): event is EventOf<T> => event.type === type),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The built command on a terminal of its own: script(1) makes a pty and hands on what is typed. */
function startOnTerminal(argv: readonly string[], env: NodeJS.ProcessEnv) {
  const command = ['node_modules/.bin/node', 'dist/cli/main.js', ...argv]
    .map((word) => `'${word}'`)
    .join(' ');
  const child = spawn('/usr/bin/script', ['-qfec', command, '/dev/null'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    exited,
    shown: () => shown,
    type: (text: string) => void child.stdin.write(text),
    seen: async (text: string) => {
      await expect.poll(() => shown, { timeout: 60_000 }).toContain(text);
    },
    /** The terminal is gone: the kernel tells the command so. */
    hangUp: () => child.kill('SIGKILL'),
  };
}

describe('the gate on a real terminal', () => {
  it('asks, shows the screen with the action marked, and lets a person take the desktop', async () => {
    await using stage = await serve('prompt', [
      [callDraft([CLICK, CLICK], { pending_safety_checks: [CHECK] })],
      [callDraft([CLICK], { pending_safety_checks: [CHECK] })],
      DONE,
    ]);
    const run = startOnTerminal(['run', 'Do it.', ...stage.argv], stage.env);
    await run.seen('[h]and the desktop to me');
    expect(run.shown()).toContain('malicious_instructions: The page says to.');
    const [, png = ''] = /The screen: .*?file:\/\/(\/\S+?\.png)/.exec(run.shown()) ?? [];
    expect((await readFile(png)).subarray(1, 4).toString()).toBe('PNG');

    run.type('h\r');
    await run.seen('in a VNC viewer, password');
    const [, port = '', password = ''] =
      /127\.0\.0\.1:(\d+) in a VNC viewer, password (\S+)/.exec(run.shown()) ?? [];
    const size = { width: 1024, height: 768 };
    const view = (given: string) =>
      createDisplay({ connect: async () => connect(Number(port), '127.0.0.1'), size, password: given });
    await expect(view('wrong')).rejects.toMatchObject({ code: 'display-authentication' });
    // The person opens the desktop's menu, which the model then sees.
    const viewer = await view(password);
    await viewer.ready({ timeoutMs: 20_000 });
    await viewer.pointer.click({ x: 512, y: 400 }, 'right');
    await viewer.settle();
    run.type('I opened the menu\r');
    await run.seen('deny by person');
    await viewer[Symbol.asyncDispose]();
    await expect(view(password)).rejects.toMatchObject({ code: 'display-connect-failed' });

    await expect.poll(() => run.shown().split('[h]and the desktop').length, { timeout: 30_000 }).toBe(3);
    run.type('y\r');
    expect(await run.exited).toBe(0);

    const requests = await stage.of('request');
    expect(requests[1]?.notes[0]).toMatch(
      /was not run: a person took the desktop, did something .* They say: I opened the menu$/,
    );
    // A fresh look: the menu that the person opened.
    expect(requests[1]?.frame).not.toBe(requests[0]?.frame);
    const decisions = await stage.of('decision');
    expect(decisions.map(({ decision, by }) => [decision, by])).toEqual([
      ['deny', 'person'],
      ['approve', 'person'],
    ]);
    expect(decisions[0]?.heldMs).toBeGreaterThan(0);
    expect(await stage.of('step')).toHaveLength(1);
    expect(requests[2]?.results[0]?.acknowledgedSafetyChecks).toEqual([CHECK]);

    const [id = ''] = await readdir(stage.runs);
    const [, head = ''] = /audit: ([0-9a-f]{64})/.exec(run.shown()) ?? [];
    const verified = await runCli(['audit', 'verify', join(stage.runs, id), '--head', head]);
    expect(verified.stdout).toMatch(/^whole: 4 entries/);
  });

  it('denies when the terminal is closed, and leaves nothing', async () => {
    await using stage = await serve('closed', [[callDraft([CLICK], { pending_safety_checks: [CHECK] })]]);
    const run = startOnTerminal(['run', 'Do it.', ...stage.argv], stage.env);
    await run.seen('[h]and the desktop to me');
    run.hangUp();
    await run.exited;
    await expect.poll(async () => (await stage.of('run-finished')).length, { timeout: 30_000 }).toBe(1);
    expect(await stage.of('step')).toEqual([]);
  });
});

describe('the policy gate on a real desktop', () => {
  it('stops a batch before what a rule denies, by text and by the application in front', async () => {
    const policy = join(folder.path, 'policy.yaml');
    await writeFile(
      policy,
      `version: 1
default: allow
rules:
  - { name: no-deleting, when: { text: 'rm -r' }, effect: deny, why: Nothing is deleted here. }
  - { name: no-editor, when: { application: mousepad, action: keypress }, effect: terminate, why: Not the editor. }
`,
    );
    const task = join(folder.path, 'task.yaml');
    await writeFile(task, 'version: 1\nid: t\ninstruction: Do it.\nsetup: { open: [mousepad] }\n');
    const typing = (text: string) => ({ type: 'type', text });
    await using stage = await serve('policy', [
      [callDraft([typing('ls; r'), typing('m -r x'), typing('never')])],
      [callDraft([typing('hello'), { type: 'keypress', keys: ['a'] }, typing('never')])],
    ]);
    const argv = ['run', task, ...stage.argv, '--gate', 'policy', '--policy', policy];
    const { code, stderr } = await runCli(argv, { env: stage.env });
    expect(stderr).toContain('model: openai');
    expect(code).toBe(3);
    expect((await stage.of('step')).map(({ description }) => description)).toEqual([
      'type "ls; r"',
      'type "hello"',
    ]);
    const [, second] = await stage.of('request');
    expect(second?.notes).toEqual([
      expect.stringMatching(
        /, 1 of 3 actions ran\. The next one was not allowed: type "m -r x": no-deleting: Nothing is deleted here\. The 1 after it did not run\.$/,
      ),
    ]);
    const [end] = await stage.of('run-finished');
    expect(end).toMatchObject({ outcome: 'refused', reason: 'no-editor: Not the editor.' });
    const last = (await stage.of('decision')).at(-1);
    expect(last?.foreground?.application?.class).toEqual(['mousepad', 'Mousepad']);
  });

  it('approves everything only for who accepts that, and says so', async () => {
    const refused = await runCli(['run', 'x', '--gate', 'auto']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--i-accept-the-risk');
    await using stage = await serve('auto', [[callDraft([CLICK], { pending_safety_checks: [CHECK] })], DONE]);
    const argv = ['run', 'Do it.', ...stage.argv, '--gate', 'auto', '--i-accept-the-risk'];
    const { code, stderr } = await runCli(argv, { env: stage.env });
    expect(code).toBe(0);
    expect(stderr).toContain('warning: nobody decides');
    const [id = ''] = await readdir(stage.runs);
    expect(await readFile(join(stage.runs, id, 'report.html'), 'utf8')).toContain('auto: nobody decided');
    expect((await stage.of('decision')).map(({ by }) => by)).toEqual(['auto']);
  });
});
