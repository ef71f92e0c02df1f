import { callDraft, messageDraft } from '../../src/testing/responses-server/brain.ts';
import { createResponsesServer } from '../../src/testing/responses-server/responses-server.ts';
import type { RowModel } from './row-model-schema.ts';

const click = (x: number) => ({ type: 'click', button: 'left', x, y: 300 });

// A model that clicks twice. Forked by row.ts: what a server keeps of all conversations is none of the client's memory.
const server = await createResponsesServer({
  brain: {
    answer: ({ context }) =>
      context.length > 1
        ? { output: [messageDraft('Done.')] }
        : { output: [callDraft([click(200), click(300)])] },
  },
  keepsBodies: false,
});
process.send?.({ url: server.url, apiKey: server.apiKey } satisfies RowModel);
process.once('disconnect', () => void server[Symbol.asyncDispose]());
