import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { askAtTerminal } from '../../../src/agent/functions/ask-at-terminal.ts';

function terminal() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  return { input, output, ask: askAtTerminal({ input, output }) };
}

const signal = new AbortController().signal;

it('shows the question, with nothing that a terminal would obey, and gives the line that is typed', async () => {
  const { input, output, ask } = terminal();
  const answer = ask('Red\u001b[2J\nor blue?', { signal });
  input.write('blue\n');
  expect(await answer).toBe('blue');
  expect(String(output.read())).toContain('The model asks:\n  Red\\u{1b}[2J\n  or blue?\n');
});

it('gives nothing when the terminal is closed', async () => {
  const { input, ask } = terminal();
  const answer = ask('Red?', { signal });
  input.end();
  expect(await answer).toBeUndefined();
});

it('ends with the run', async () => {
  const { ask } = terminal();
  const run = new AbortController();
  const answer = ask('Red?', { signal: run.signal });
  run.abort();
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
});
