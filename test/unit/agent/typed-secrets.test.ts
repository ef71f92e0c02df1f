import { expect, it } from 'vitest';
import { executeAction } from '../../../src/agent/executor.ts';
import { ActionError } from '../../../src/errors.ts';
import { TaskSecrets } from '../../../src/safety/task-secrets.ts';
import { FakeDisplay } from '../../../src/testing/fake-display.ts';
import { systemClock } from '../../../src/util/clock.ts';

const secrets = new TaskSecrets(new Map([['PIN', '4711-0815']]));

it('types a secret in the place of its name, and covers only what that shows', async () => {
  const display = new FakeDisplay();
  const action = { type: 'type', text: 'ada\t{{secret:PIN}}\n' } as const;
  await executeAction(action, display, { clock: systemClock, secrets });
  expect(display.calls).toEqual([
    { type: 'type', text: 'ada\t' },
    { type: 'conceal' },
    { type: 'type', text: '4711-0815' },
    { type: 'concealed' },
    { type: 'type', text: '\n' },
  ]);
});

it('types everything else as it stands', async () => {
  const display = new FakeDisplay();
  const texts = ['hello', 'a {{secret}} b', '{{PIN}}'];
  for (const text of texts)
    await executeAction({ type: 'type', text }, display, { clock: systemClock, secrets });
  await executeAction({ type: 'type', text: '{{secret:PIN}}' }, display, { clock: systemClock });
  expect(display.calls).toEqual([...texts, '{{secret:PIN}}'].map((text) => ({ type: 'type', text })));
});

it('types nothing of a text that names a secret which is not there', async () => {
  const display = new FakeDisplay();
  const action = { type: 'type', text: 'ada {{secret:PASSWORD}}' } as const;
  await expect(executeAction(action, display, { clock: systemClock, secrets })).rejects.toMatchObject({
    code: 'invalid-action',
    message: 'There is no secret PASSWORD.',
  });
  expect(display.calls).toEqual([]);
});

it('says nothing of a secret when it cannot be typed', async () => {
  const display = new FakeDisplay({
    onCall: (call) => {
      if (call.type === 'type') throw new ActionError('unsupported-text', `Cannot type ${call.text}.`);
    },
  });
  const action = { type: 'type', text: '{{secret:PIN}}' } as const;
  await expect(executeAction(action, display, { clock: systemClock, secrets })).rejects.toMatchObject({
    code: 'unsupported-text',
    message: 'Cannot type {{secret:PIN}}.',
  });
});
