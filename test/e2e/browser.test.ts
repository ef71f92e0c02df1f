import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTemporaryFolder, runCli } from '../support/cli.ts';

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

describe('deskhand run --environment browser', () => {
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
