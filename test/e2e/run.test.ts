import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { scanTrajectory } from '../../src/recording/reader.ts';
import { callDraft, messageDraft, reasoningDraft } from '../../src/testing/responses-server/brain.ts';
import { runCli, startCli } from '../support/cli.ts';
import { docker, hasContainer, parseLines, resultLine, sandboxOf, serve } from '../support/served-run.ts';

const CLICK = { type: 'click', button: 'left', x: 20, y: 10 };
const WAITS = callDraft(Array.from({ length: 30 }, () => ({ type: 'wait' })));
const CHECK = { id: 'sc_1', code: 'malicious_instructions', message: 'The page says to.' };

describe.concurrent('deskhand run with the Responses API', () => {
  it('works through calls and messages and keeps everything', async () => {
    await using stage = await serve([
      [reasoningDraft('I open the menu.'), callDraft([CLICK, { type: 'keypress', keys: ['ESC'] }])],
      [messageDraft('The menu was opened.')],
    ]);
    const { code, stdout, stderr } = await runCli(stage.argv, { env: stage.env });
    expect(stderr).toContain('model: openai, because --model says so');
    expect(code).toBe(0);
    stage.brain.assertFinished();
    const lines = parseLines(stdout);
    expect(lines.map(({ type }) => type)).toEqual([
      'run-started',
      'sandbox-ready',
      'request',
      'response',
      'decision',
      'step',
      'step',
      'request',
      'response',
      'run-finished',
      'result',
    ]);
    const { folder } = resultLine.parse(lines.at(-1));
    const reading = await scanTrajectory(`${folder}/trajectory.jsonl`);
    expect(reading.lines.map(({ event }) => event.type)).toEqual(lines.slice(0, -1).map(({ type }) => type));
    expect(await readFile(`${folder}/report.html`, 'utf8')).toContain('The menu was opened.');
    expect(await readFile(`${folder}/trajectory.jsonl`, 'utf8')).not.toContain(stage.env.OPENAI_API_KEY);
  });

  it('denies a safety check when nobody is there, runs nothing of the call, and goes on', async () => {
    await using stage = await serve([
      [callDraft([CLICK], { pending_safety_checks: [CHECK] })],
      [messageDraft('Then I stop here.')],
    ]);
    const { code, stdout } = await runCli(stage.argv, { env: stage.env });
    expect(code).toBe(0);
    expect(parseLines(stdout).filter(({ type }) => type === 'step')).toEqual([]);
    stage.brain.assertFinished();
  });

  it('ends in an orderly way on Ctrl-C', async () => {
    await using stage = await serve([[WAITS]]);
    const run = startCli(stage.argv, { env: stage.env });
    await run.seen('"type":"step"');
    run.child.kill('SIGINT');
    const { code, stdout } = await run.exited;
    expect(code).toBe(130);
    expect(resultLine.parse(parseLines(stdout).at(-1)).outcome).toBe('stopped');
    expect(await hasContainer(stdout)).toBe(false);
  });

  it('says that the sandbox died, and leaves nothing', async () => {
    await using stage = await serve([[WAITS]]);
    const run = startCli(stage.argv, { env: stage.env });
    await run.seen('"type":"step"');
    await docker('docker', ['kill', sandboxOf(run.output().stdout)]);
    const { code, stdout } = await run.exited;
    expect(code).toBe(5);
    expect(parseLines(stdout).at(-1)).toMatchObject({ outcome: 'failed', error: { code: 'sandbox-died' } });
    expect(await hasContainer(stdout)).toBe(false);
  });

  it('is cleaned up by the next command when it is killed outright', async () => {
    await using stage = await serve([[WAITS]]);
    const run = startCli(stage.argv, { env: stage.env });
    await run.seen('"type":"step"');
    run.child.kill('SIGKILL');
    const { stdout } = await run.exited;
    expect(await hasContainer(stdout)).toBe(true);
    const { code, stderr } = await runCli(['sandbox', 'prune']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/[1-9]\d* removed/);
    expect(await hasContainer(stdout)).toBe(false);
  });

  it('ends when nobody reads its output any more', async () => {
    await using stage = await serve([[WAITS]]);
    const run = startCli(stage.argv, { env: stage.env });
    await run.seen('"type":"step"');
    run.child.stdout?.destroy();
    const { code, stdout } = await run.exited;
    expect(code).toBe(130);
    expect(await hasContainer(stdout)).toBe(false);
  });

  it('ends at its limit of turns', async () => {
    await using stage = await serve([[callDraft([CLICK])], [callDraft([CLICK])]]);
    const { code } = await runCli([...stage.argv, '--max-turns', '2'], { env: stage.env });
    expect(code).toBe(4);
  });
});
