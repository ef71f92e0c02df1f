import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type CliProcess, createTemporaryFolder, ROOT, runCli, startCli } from '../support/cli.ts';

const POEM = join(ROOT, 'examples/poem.yaml');
const resultLine = z.looseObject({
  type: z.literal('result'),
  outcome: z.string(),
  verification: z.string(),
});

/** What the server says to put into the environment. */
function environmentOf({ stdout }: { readonly stdout: string }): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...stdout.matchAll(/(OPENAI_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  );
}

async function serve(argv: readonly string[]) {
  const server: CliProcess = startCli(['dev', 'model-server', '--port', '0', ...argv]);
  await server.seen('deskhand run TASK');
  return {
    server,
    env: environmentOf(server.output()),
    async [Symbol.asyncDispose]() {
      server.child.kill('SIGINT');
      await server.exited;
    },
  };
}

function resultOf(stdout: string): z.infer<typeof resultLine> {
  return resultLine.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
}

describe('deskhand dev model-server', () => {
  it('lets the local model do an example over the wire, unchanged; recorded, it can be replayed without it', async () => {
    await using folder = await createTemporaryFolder();
    const common = ['run', POEM, '--json', '--runs', folder.path];
    const cassette = join(folder.path, 'poem.jsonl');
    {
      await using stage = await serve(['--brain', 'local']);
      const argv = [...common, '--model', 'openai', '--record-model', cassette];
      const { code, stdout, stderr } = await runCli(argv, { env: stage.env });
      expect(stderr).toContain('model: openai, because --model says so');
      expect(resultOf(stdout)).toMatchObject({ outcome: 'completed', verification: 'passed' });
      expect(resultOf(stdout)).not.toHaveProperty('costUsd');
      expect(code).toBe(0);
      expect(stage.server.output().stdout).toContain('POST /v1/responses 200');
      expect(await readFile(cassette, 'utf8')).not.toContain(stage.env['OPENAI_API_KEY']);
    }
    const { code, stdout } = await runCli([...common, '--model', `replay:${cassette}`]);
    expect(resultOf(stdout)).toMatchObject({ outcome: 'completed', verification: 'passed' });
    expect(code).toBe(0);
  });

  it('ends a run at its budget, by a price table of one’s own', async () => {
    await using folder = await createTemporaryFolder();
    const [script, prices] = [join(folder.path, 'script.yaml'), join(folder.path, 'prices.yaml')];
    const wait = '{ actions: [{ type: wait }] }';
    await writeFile(script, `answers: [${wait}, ${wait}, ${wait}]\n`);
    const price = '{ input: 1000, cachedInput: 1000, output: 1000 }';
    await writeFile(prices, `date: 2026-11-22\nsource: a test\nmodels: { gpt-5.4: ${price} }\n`);
    await using stage = await serve(['--script', script]);
    const argv = [
      'run',
      'Wait.',
      '--model',
      'openai',
      '--json',
      '--runs',
      folder.path,
      '--budget-usd',
      '0.01',
    ];
    const { code, stdout } = await runCli([...argv, '--prices', prices], { env: stage.env });
    expect(code).toBe(4);
    expect(resultOf(stdout)).toMatchObject({ outcome: 'limit-reached', turns: 1, steps: 1 });
  });

  it('ends when it is stopped', async () => {
    const stage = await serve([]);
    stage.server.child.kill('SIGINT');
    expect((await stage.server.exited).code).toBe(0);
  });
});

describe('bad input about the model', () => {
  it.each([
    [
      'a port that is none',
      ['dev', 'model-server', '--port', 'http'],
      /--port: expected a number from 0 to 65535/,
    ],
    ['another brain', ['dev', 'model-server', '--brain', 'big'], /--brain: expected local/],
    ['a budget of nothing', ['run', 'Wait.', '--budget-usd', '0'], /--budget-usd: .*at least 0\.01/],
    ['a price table that is not there', ['run', 'click "A"', '--prices', 'none.yaml'], /none\.yaml/],
    [
      'a cassette that is not there',
      ['run', 'Wait.', '--model', 'replay:none.jsonl'],
      /There is no cassette .*none\.jsonl/,
    ],
    ['a cassette that is none', ['run', 'Wait.', '--model', `replay:${POEM}`], /is no cassette/],
  ])('%s: exits with 2', async (_name, argv, message) => {
    await using folder = await createTemporaryFolder();
    const { code, stderr } = await runCli(argv, { cwd: folder.path });
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('a budget for a model without a price', async () => {
    const argv = ['run', 'Wait.', '--model', 'openai:gpt-unheard-of', '--budget-usd', '1'];
    const { code, stderr } = await runCli(argv, { env: { OPENAI_API_KEY: 'none' } });
    expect(stderr).toMatch(
      /A budget cannot be kept\. No price is known for gpt-unheard-of[\s\S]*--prices FILE/,
    );
    expect(code).toBe(2);
  });
});
