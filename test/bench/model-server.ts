import { createServer } from 'node:http';

/** Reads what comes and answers at once with one computer call. Started by model.ts; ends with its parent. */
let count = 0;
const server = createServer((request, response) => {
  request.resume().once('end', () => {
    count += 1;
    const call = {
      type: 'computer_call',
      id: `cu_${count}`,
      call_id: `call_${count}`,
      status: 'completed',
      actions: [{ type: 'click', button: 'left', x: 10, y: 20 }],
      pending_safety_checks: [],
    };
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    const body = { id: `resp_${count}`, object: 'response', status: 'completed', output: [call], usage };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
});
process.once('disconnect', () => {
  server.closeAllConnections();
  server.close();
});
