import { afterAll, beforeAll, expect, it } from 'vitest';
import { focused } from './applications.ts';
import { openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';
import { TEXTS } from './texts.ts';

/** A text field that takes tabs, as those for code do; F2 sends what is in it to where the page came from. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>Field</title>
<textarea autofocus style="width: 95%; height: 500px"></textarea>
<script>
  const field = document.querySelector('textarea');
  let count = 0;
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Tab') document.execCommand('insertText', false, '\\t');
    else if (event.key === 'F2') handOver();
    else return;
    event.preventDefault();
  });
  function handOver() {
    fetch('/field-' + (count += 1), { method: 'POST', body: field.value });
    field.value = '';
  }
</script>`;
/** Gives the page, and keeps what it is sent in files, each of them whole from the first. */
const SERVER = `import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Type', 'text/html')
        self.end_headers()
        self.wfile.write(open('/home/user/field.html', 'rb').read())
    def do_POST(self):
        with open('/tmp/part', 'wb') as part:
            part.write(self.rfile.read(int(self.headers['Content-Length'])))
        os.rename('/tmp/part', '/tmp' + self.path)
        self.send_response(204)
        self.end_headers()
http.server.HTTPServer(('127.0.0.1', 8080), Handler).serve_forever()
`;

let desk: Desk;
let count = 0;
beforeAll(async () => {
  desk = await openDesk({ hasBrowser: true });
  await desk.sandbox.writeFiles([
    { path: '/home/user/field.html', content: Buffer.from(PAGE) },
    { path: '/home/user/server.py', content: Buffer.from(SERVER) },
  ]);
  await desk.start('python3 server.py');
  const listens = "grep -c ' 0100007F:1F90 00000000:0000 0A ' /proc/net/tcp || true";
  await until(async () => (await desk.shell(listens)).trim() === '1', 'server of the page');
  await desk.start('chromium http://127.0.0.1:8080/');
  await focused(desk, 'Field - Chromium');
  await desk.act({ type: 'click', button: 'left', x: 500, y: 400 });
});
afterAll(async () => await desk[Symbol.asyncDispose]());

/** What the field held, as the page itself says. */
async function handedOver(): Promise<string> {
  await desk.act({ type: 'keypress', keys: ['F2'] });
  const path = `/tmp/field-${(count += 1)}`;
  await until(async () => (await desk.shell(`ls ${path} 2>/dev/null || true`)) !== '', 'file of the field');
  return (await desk.sandbox.readFile(path)).toString();
}

it('a text field of a page holds every character that is typed for the first time', async () => {
  for (const char of 'éÑ€ßж中Ω…ąő☃←') {
    await desk.act({ type: 'type', text: char });
    expect(await handedOver()).toBe(char);
  }
});

it.each(TEXTS)('a text field of a page holds what was typed: %s', async (_, whole) => {
  // Chromium takes 3 ms for each letter; what is special is in the first ones.
  const text = whole.slice(0, 3000);
  await desk.act({ type: 'type', text });
  expect(await handedOver()).toBe(text);
});

it('a text field of a page holds the digits of the keypad, whatever Num Lock is', async () => {
  const keys = [...'0123456789'].map((digit) => `NUMPAD${digit}`);
  for (const key of [...keys, 'NUMLOCK', ...keys, 'NUMLOCK', 'NUMPADDECIMAL']) {
    await desk.act({ type: 'keypress', keys: [key] });
  }
  expect(await handedOver()).toBe('01234567890123456789.');
});
