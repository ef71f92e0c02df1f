import { expect, test } from 'vitest';
import { messageDraft } from '../../../src/testing/responses-server/brain.ts';
import { brief, first, loopback, screen } from './loopback.ts';

/** What the strict server itself refuses, as the client tells it. */
const small = { tool: 'computer', takesDetail: true, givesSummaries: true, contextTokens: 100 } as const;

test('a screen that is too large', async () => {
  await using it = await loopback([]);
  const input = { ...first(), screenshot: screen(1, 8200, 16) };
  await expect(it.openAi().start(brief).respond(input)).rejects.toMatchObject({
    code: 'model-rejected-request',
    details: { kind: 'image-too-large', code: 'image_too_large' },
    hint: 'Use a smaller display, such as 1280x800.',
  });
});

test('what is no picture', async () => {
  await using it = await loopback([]);
  const input = { ...first(), screenshot: { ...screen(1), png: Buffer.from('GIF89a') } };
  await expect(it.openAi().start(brief).respond(input)).rejects.toMatchObject({
    details: { kind: 'invalid-image' },
  });
});

test('the wrong tool for the model', async () => {
  await using it = await loopback([]);
  const model = it.openAi({ tool: 'computer_use_preview' });
  await expect(model.start(brief).respond(first())).rejects.toMatchObject({
    code: 'model-rejected-request',
    details: { kind: 'tool-not-supported' },
    hint: expect.stringContaining('computer or computer_use_preview'),
  });
});

test('more than the model can keep in mind', async () => {
  await using it = await loopback([], { models: { 'gpt-5.4': small } });
  const long = { ...brief, instruction: 'Click. '.repeat(200) };
  await expect(it.openAi().start(long).respond(first())).rejects.toMatchObject({
    code: 'model-rejected-request',
    details: { kind: 'context-too-long', code: 'context_length_exceeded' },
    hint: expect.stringContaining('too long for this model'),
  });
});

test('where a request says that it may be cut off, nothing is too long', async () => {
  const preview = { ...small, tool: 'computer_use_preview', takesDetail: false } as const;
  await using it = await loopback([[messageDraft('Done.')]], { models: { 'computer-use-preview': preview } });
  const long = { ...brief, instruction: 'Click. '.repeat(200) };
  const turn = await it.openAi({ model: 'computer-use-preview' }).start(long).respond(first());
  expect(turn.status).toBe('completed');
});
