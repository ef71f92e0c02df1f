import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toDataUrl } from '../../../src/action/screenshot.ts';
import { toRequestBody } from '../../../src/model/responses/request-body.ts';
import type { ResponsesRequest } from '../../../src/model/responses/request.ts';
import { toCallOutput, toUserMessage } from '../../../src/model/wire.ts';
import type { InputItem } from '../../../src/model/wire.ts';
import { messageDraft } from '../../../src/testing/responses-server/brain.ts';
import { brief, executed, first, loopback, ran, screen } from './loopback.ts';

function request(input: readonly InputItem[]): ResponsesRequest {
  return { model: 'gpt-5.4', instructions: 'Go.', tools: [{ type: 'computer' }], input, store: true };
}

const item: fc.Arbitrary<InputItem> = fc.oneof(
  fc.nat(250).map((shade) => toCallOutput(executed('call', shade))),
  fc.string({ unit: 'binary' }).map((output) => toCallOutput(ran('call', output))),
  fc
    .tuple(fc.string({ unit: 'binary' }), fc.nat(250))
    .map(([text, shade]) => toUserMessage([text], screen(shade))),
  fc.string({ unit: 'binary' }).map((text) => toUserMessage([text])),
  fc.jsonValue().map((value) => ({ type: 'hologram', value })),
);

test('the body is the JSON of the request, whatever is in it', () => {
  fc.assert(
    fc.property(fc.array(item, { maxLength: 6 }), (input) => {
      const whole = request(input);
      const { parts, length } = toRequestBody(whole);
      expect(Buffer.concat(parts).toString('utf8')).toBe(JSON.stringify(whole));
      expect(length).toBe(Buffer.byteLength(JSON.stringify(whole)));
    }),
  );
});

test('pictures stand in it as data URLs, and what is undefined is left out', () => {
  const output = toCallOutput(executed('call_a', 7));
  const body: unknown = JSON.parse(
    Buffer.concat(toRequestBody({ ...request([output]), include: undefined }).parts).toString('utf8'),
  );
  expect(body).toEqual({
    ...request([]),
    input: [
      {
        type: 'computer_call_output',
        call_id: 'call_a',
        output: { type: 'computer_screenshot', image_url: toDataUrl(screen(7)), detail: 'original' },
      },
    ],
  });
});

test('a picture is not copied: what is sent is what is kept', () => {
  const output = toCallOutput(executed('call_a', 7));
  const picture = output.type === 'computer_call_output' ? output.output.image_url.bytes : undefined;
  expect(toRequestBody(request([output])).parts.filter((part) => part === picture)).toHaveLength(1);
});

test('it is sent whole, with its length, and not in chunks', async () => {
  await using it = await loopback([[messageDraft('Done.')]]);
  await it.openAi().start(brief).respond(first());
  const [{ headers, body } = { headers: {}, body: undefined }] = it.server.requests;
  expect(headers).not.toHaveProperty('transfer-encoding');
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(JSON.stringify(body))),
  });
});
