import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scanTrajectory } from '../../src/recording/reader.ts';
import type { EventOf, TrajectoryEvent } from '../../src/recording/trajectory.ts';
import { callDraft, messageDraft } from '../../src/testing/responses-server/brain.ts';
import type { ScriptedAnswer } from '../../src/testing/responses-server/scripted-brain.ts';
import { createTemporaryFolder, runCli, startCli } from '../support/cli.ts';
import { serve } from '../support/served-run.ts';

const page = `<!doctype html><title>Form</title><body style="font: 40px sans-serif; margin: 60px">
<button style="font: inherit" onclick="document.body.textContent = 'Thank you'">Send the form</button>`;

const task = `version: 1
id: form
instruction: click "Send the form", then wait until "Thank you" is visible
setup:
  files:
    - path: /home/user/form.html
      content: |
        ${page.replaceAll('\n', '\n        ')}
checks:
  - screen: { visible: Thank you }
`;

/** A page that is one link, wherever it is clicked. */
const linkTo = (address: string): string =>
  `<!doctype html><title>Shop</title><a href="${address}" style="position: fixed; inset: 0; font: 60px serif">On</a>`;

const SHOP = 'http://127.0.0.1:8000/index.html';
const BANK = 'http://localhost:8000/bank.html';

const shopTask = `version: 1
id: shop
instruction: Do it.
environment: browser
url: ${SHOP}
setup:
  serve: [{ folder: shop, port: 8000 }]
`;

const shopPolicy = `version: 1
default: deny
rules:
  - { name: way-back, when: { keys: ALT+LEFT }, effect: allow }
  - { name: no-bank, when: { url: localhost }, effect: deny, why: The bank is not part of the task. }
  - { name: shop, when: { url: 127.0.0.1 }, effect: allow }
`;

const CLICK = { type: 'click', button: 'left', x: 512, y: 400 };
const WAITS = Array.from({ length: 30 }, () => ({ type: 'wait' }));
const DONE = [messageDraft('Done.')];

/** A run in a browser whose first page leads to another host, with a model that plays `answers`. */
async function serveShop(answers: readonly ScriptedAnswer[], { checks = '' } = {}) {
  await using resources = new AsyncDisposableStack();
  const { path } = resources.use(await createTemporaryFolder());
  await mkdir(join(path, 'shop'));
  await writeFile(join(path, 'shop/index.html'), linkTo(BANK));
  await writeFile(join(path, 'shop/bank.html'), '<!doctype html><title>Bank</title>');
  await writeFile(join(path, 'task.yaml'), `${shopTask}${checks}`);
  const { argv, brain, env, folder, runId } = resources.use(await serve(answers));
  const [, , ...flags] = argv;
  const of = async <T extends TrajectoryEvent['type']>(type: T): Promise<readonly EventOf<T>[]> => {
    const { lines } = await scanTrajectory(join(folder.path, await runId(), 'trajectory.jsonl'));
    return lines.map(({ event }) => event).filter((event): event is EventOf<T> => event.type === type);
  };
  const owned = resources.move();
  return {
    path,
    brain,
    env,
    of,
    resume: async () => ['resume', await runId(), '--runs', folder.path],
    argv: ['run', join(path, 'task.yaml'), ...flags, '--display', '1024x768'],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

describe.concurrent('deskhand run --environment browser', () => {
  it('gives the model a browser that fills the screen, at the page of the task', async () => {
    await using folder = await createTemporaryFolder();
    const file = join(folder.path, 'form.yaml');
    await writeFile(file, task);
    const browser = ['--environment', 'browser', '--url', 'file:///home/user/form.html'];
    const argv = ['run', file, '--model', 'local', '--display', '1024x768', '--runs', folder.path, '--json'];
    const { code, stdout, stderr } = await runCli([...argv, ...browser]);
    expect(stderr).not.toContain('error');
    expect(stdout).toContain('"type":"step"');
    expect(code).toBe(0);
  });

  it('says that an address needs a browser', async () => {
    const { code, stderr } = await runCli(['run', 'wait 1 s', '--url', 'https://example.com/']);
    expect(code).toBe(2);
    expect(stderr).toContain('There is an address to open, and no browser to open it.');
  });
});

describe.concurrent('a policy about addresses', () => {
  it('stops a batch on the page that it denies, and lets it go on on the one that it allows', async () => {
    const typing = (text: string) => ({ type: 'type', text });
    const back = { type: 'keypress', keys: ['ALT', 'LEFT'] };
    await using stage = await serveShop([
      [callDraft([CLICK, typing('pay'), typing('never')])],
      [callDraft([back, typing('shop')])],
      DONE,
    ]);
    const policy = join(stage.path, 'policy.yaml');
    await writeFile(policy, shopPolicy);
    const argv = [...stage.argv, '--gate', 'policy', '--policy', policy];
    const { code } = await runCli(argv, { env: stage.env });
    expect(code).toBe(0);
    stage.brain.assertFinished();
    const steps = await stage.of('step');
    expect(steps.map(({ action }) => action.type)).toEqual(['click', 'keypress', 'type']);
    const [, told, last] = await stage.of('request');
    expect(told?.notes).toEqual([
      expect.stringMatching(
        /, 1 of 3 actions ran\. The next one was not allowed: type "pay": no-bank: The bank is not part of the task\. The 1 after it did not run\.$/,
      ),
    ]);
    expect(last?.notes).toEqual([]);
    expect(await stage.of('decision')).toMatchObject([
      { decision: 'approve', rule: 'shop', foreground: { url: SHOP } },
      { decision: 'deny', rule: 'no-bank', foreground: { url: BANK } },
      { decision: 'approve', rule: 'way-back' },
      { decision: 'approve', rule: 'shop', foreground: { url: SHOP } },
    ]);
  });
});

describe.concurrent('the address for the model', () => {
  it('is told with each screen where the tool takes it', async () => {
    await using stage = await serveShop([[callDraft([{ type: 'screenshot' }])], [callDraft([CLICK])], DONE]);
    const preview = ['--model', 'openai:computer-use-preview', '--tool', 'computer_use_preview'];
    const { code } = await runCli([...stage.argv, ...preview], { env: stage.env });
    expect(code).toBe(0);
    stage.brain.assertFinished();
    const outputs = stage.brain.requests.flatMap(({ input }) =>
      input.filter(({ type }) => type === 'computer_call_output'),
    );
    expect(outputs.map((output) => output['current_url'])).toEqual([SHOP, BANK]);
  });
});

describe.concurrent('a run in a browser that is killed', () => {
  it('has a browser again when it is resumed, at the address that it began with', async () => {
    const checks = `checks:\n  - browser: { url: '${BANK}' }\n`;
    await using stage = await serveShop([[callDraft(WAITS)], [callDraft([CLICK])], DONE], { checks });
    const killed = startCli(stage.argv, { env: stage.env });
    await killed.seen('"type":"step"');
    killed.child.kill('SIGKILL');
    await killed.exited;
    const resumed = await runCli(await stage.resume(), { env: stage.env });
    expect(resumed.stderr).toBe('');
    expect(resumed.code).toBe(0);
    stage.brain.assertFinished();
    const [end] = await stage.of('run-finished');
    expect(end).toMatchObject({ outcome: 'completed' });
  });
});
