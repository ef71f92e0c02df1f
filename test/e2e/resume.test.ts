import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { scanTrajectory } from '../../src/recording/reader.ts';
import { toRunFolder } from '../../src/recording/run-folder.ts';
import { callDraft, messageDraft } from '../../src/testing/responses-server/brain.ts';
import { runCli, startCli } from '../support/cli.ts';
import { hasContainer, parseLines, serve } from '../support/served-run.ts';

const CLICK = { type: 'click', button: 'left', x: 400, y: 300 };
const WAITS = Array.from({ length: 30 }, () => ({ type: 'wait' }));

describe('a run that is killed', () => {
  it('goes on in the same desktop, repeats nothing, and tells the model what is in doubt', async () => {
    await using stage = await serve([[callDraft([CLICK, ...WAITS])], [messageDraft('It is done.')]]);
    const killed = startCli([...stage.argv, '--allow-domain', 'example.com'], { env: stage.env });
    await killed.seen('"step":3');
    killed.child.kill('SIGKILL');
    const { stdout } = await killed.exited;
    const runId = await stage.runId();

    const argv = ['resume', runId, '--runs', stage.folder.path];
    const resumed = await runCli(argv, { env: stage.env });
    expect(resumed.stderr).toBe('');
    expect(resumed.stdout).toContain('resumed after 1 turns');
    expect(resumed.stdout).toContain('completed');
    expect(resumed.code).toBe(0);
    stage.brain.assertFinished();
    const [, request] = stage.brain.requests;
    const told = JSON.stringify(request?.input).replaceAll(/data:image[^"]*/g, 'picture');
    expect(told).toContain('Done: click');
    expect(told).toMatch(/One action may or may not have happened when it was killed: wait/);
    expect(request?.previousResponseId).toBeUndefined();
    expect(request?.screenshot).toBeDefined();
    expect(await hasContainer(stdout)).toBe(false);

    const folder = toRunFolder(`${stage.folder.path}/${runId}`);
    const { lines, end } = await scanTrajectory(folder.trajectory);
    const clicks = lines.filter(({ event }) => event.type === 'step' && event.action.type === 'click');
    expect(clicks).toHaveLength(1);
    expect(end).toMatchObject({ outcome: 'completed', turns: 2 });
    expect(await readFile(folder.report, 'utf8')).toContain('It is done.');

    const again = await runCli(argv, { env: stage.env });
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('The run has ended: completed');
  });

  it('is resumed by one of two processes that try at the same moment, and the other takes nothing from it', async () => {
    await using stage = await serve([[callDraft([CLICK, ...WAITS])], [messageDraft('It is done.')]]);
    const killed = startCli(stage.argv, { env: stage.env });
    await killed.seen('"step":3');
    killed.child.kill('SIGKILL');
    await killed.exited;
    const argv = ['resume', await stage.runId(), '--runs', stage.folder.path];
    const both = await Promise.all([1, 2].map(async () => await runCli(argv, { env: stage.env })));
    expect(both.map(({ code }) => String(code)).toSorted((a, b) => a.localeCompare(b))).toEqual(['0', '5']);
    expect(both.find(({ code }) => code === 5)?.stderr).toContain('(run-in-use)');
    stage.brain.assertFinished();
  });

  it('cannot go on when its desktop was pruned, and says so', async () => {
    await using stage = await serve([[callDraft(WAITS)]]);
    const killed = startCli(stage.argv, { env: stage.env });
    await killed.seen('"type":"step"');
    killed.child.kill('SIGKILL');
    await killed.exited;
    expect((await runCli(['sandbox', 'prune'])).code).toBe(0);
    const { code, stderr } = await runCli(['resume', await stage.runId(), '--runs', stage.folder.path], {
      env: stage.env,
    });
    expect(code).toBe(2);
    expect(stderr).toContain('Its desktop is gone');
    expect(stderr).toContain('(not-resumable)');
  });
});

describe('a detached run', () => {
  it('is followed from elsewhere, refuses a second process, and is stopped from elsewhere', async () => {
    await using stage = await serve([[callDraft([CLICK, ...WAITS, ...WAITS])]]);
    const started = await runCli([...stage.argv, '--detach'], { env: stage.env });
    expect(started.code).toBe(0);
    const runId = started.stdout.trim();
    expect(runId).toBe(await stage.runId());
    const runs = ['--runs', stage.folder.path];

    const follower = startCli(['attach', runId, '--json', ...runs]);
    await follower.seen('"type":"step"');
    const second = await runCli(['resume', runId, ...runs], { env: stage.env });
    expect(second.code).toBe(5);
    expect(second.stderr).toMatch(/Process \d+ works on the run .*\n.*\n\(run-in-use\)/);

    expect((await runCli(['stop', 'last', ...runs])).code).toBe(0);
    const { code, stdout } = await follower.exited;
    expect(code).toBe(130);
    expect(parseLines(stdout).at(-1)).toMatchObject({ type: 'result', outcome: 'stopped' });
    expect(await hasContainer(stdout)).toBe(false);
    expect((await runCli(['stop', runId, ...runs])).code).toBe(2);
  });

  it('that cannot begin says why, and with which code', async () => {
    await using stage = await serve([]);
    const argv = [...stage.argv, '--detach', '--from-snapshot', 'no-such-snapshot'];
    const { code, stderr } = await runCli(argv, { env: stage.env });
    expect(code).toBe(2);
    expect(stderr).toContain('There is no snapshot "no-such-snapshot".');
  });
});
