import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { SandboxFile } from '../../sandbox/sandbox-driver.ts';
import { isInside } from './task-assets.ts';
import type { SetupCommand } from './task-schema.ts';

/** A web application inside a sandbox, as what a setup does with any files and commands. */
export interface WebApp {
  readonly files: readonly SandboxFile[];
  readonly start: SetupCommand;
}

/** Where its files lie, and where it keeps what was posted to it. */
const PLACE = '/tmp/deskhand-web';
const SERVER = `${PLACE}/server.py`;
const MAX_FILES = 1_000;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Serves a folder; what is posted is kept as JSON, and answered with the page of that address. Loopback only: the sandbox's own
 * browser is the one that can reach it.
 */
const PROGRAM = `import http.server, json, os, sys, urllib.parse

folder, port = sys.argv[1], int(sys.argv[2])
kept = '${PLACE}/%d.json' % port
posts = []


class Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args):
        super().__init__(*args, directory=folder)

    def do_POST(self):
        length = min(int(self.headers.get('Content-Length') or 0), 1 << 20)
        body = self.rfile.read(length).decode('utf-8', 'replace')
        if 'json' in (self.headers.get('Content-Type') or ''):
            try:
                fields = json.loads(body)
            except ValueError:
                fields = body
        else:
            pairs = urllib.parse.parse_qs(body, keep_blank_values=True)
            fields = {name: values[0] if len(values) == 1 else values for name, values in pairs.items()}
        posts.append({'path': self.path, 'fields': fields})
        keep()
        self.do_GET()

    def end_headers(self):
        self.send_header('Cache-Control', 'no-store')
        super().end_headers()

    def log_message(self, *args):
        pass


def keep():
    with open(kept + '.part', 'w', encoding='utf-8') as file:
        json.dump(posts, file, ensure_ascii=False)
    os.replace(kept + '.part', kept)


keep()
http.server.ThreadingHTTPServer(('127.0.0.1', port), Handler).serve_forever()
`;

/** Goes on as soon as the port is open. */
const START = `command -v python3 >/dev/null || { echo "the image has no python3" >&2; exit 127; }
setsid -f python3 ${SERVER} "$1" "$2" </dev/null >/dev/null 2>&1
left=100
until python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' "$2" 2>/dev/null; do
  left=$((left - 1))
  [ "$left" -gt 0 ] || { echo "nothing listens on port $2" >&2; exit 1; }
  sleep 0.1
done`;

/** A web application from the files of a folder beside the task file, or what is wrong with the folder. */
export async function readWebApp(name: string, port: number, taskFolder: string): Promise<WebApp | string> {
  const path = await realpath(resolve(taskFolder, name)).catch(() => undefined);
  if (path === undefined) return `there is no folder ${name} beside the task file`;
  if (!isInside(path, await realpath(taskFolder))) return `${name} is not in the folder of the task file`;
  if (!(await stat(path)).isDirectory()) return `${name} is not a folder`;
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (found.length > MAX_FILES) return `${name} has ${found.length} files; at most ${MAX_FILES} are copied`;
  const root = `${PLACE}/${port}`;
  const files: SandboxFile[] = [{ path: SERVER, content: Buffer.from(PROGRAM) }];
  let bytes = 0;
  for (const file of found.toSorted()) {
    const content = await readFile(file);
    bytes += content.byteLength;
    if (bytes > MAX_BYTES) return `${name} has more than ${MAX_BYTES} bytes`;
    files.push({ path: `${root}/${relative(path, file)}`, content });
  }
  const argv = ['/bin/sh', '-c', START, 'serve', root, String(port)];
  return {
    files,
    start: { command: { argv, shown: `serve ${name} on port ${port}` }, timeoutMs: undefined },
  };
}
