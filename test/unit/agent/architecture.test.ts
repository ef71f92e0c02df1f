import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { agentMachine } from '../../../src/agent/agent-machine.ts';
import { runMachine } from '../../../src/agent/run-machine.ts';
import { toStateDiagram } from '../../support/state-diagram.ts';

const PAGE = fileURLToPath(new URL('../../../docs/architecture.md', import.meta.url));

it.each([
  ['run', runMachine],
  ['agent', agentMachine],
])('docs/architecture.md draws the states of the %s machine as they are', async (name, machine) => {
  const page = await readFile(PAGE, 'utf8');
  const [start, end] = [`<!-- states:${name} -->\n`, `<!-- /states:${name} -->`];
  const from = page.indexOf(start) + start.length;
  const block = `\n\`\`\`mermaid\n${toStateDiagram(machine)}\n\`\`\`\n\n`;
  if (process.env['UPDATE_DOCS'] === '1') {
    await writeFile(PAGE, page.slice(0, from) + block + page.slice(page.indexOf(end)));
    return;
  }
  expect(
    page.slice(from, page.indexOf(end)),
    'run UPDATE_DOCS=1 npx vitest run test/unit/agent/architecture',
  ).toBe(block);
});
