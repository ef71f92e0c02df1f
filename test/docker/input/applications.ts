import { until } from './desk.ts';
import type { Desk } from './desk.ts';

/** Waits until a window of this title has the keyboard. */
export async function focused(desk: Desk, title: string): Promise<void> {
  const script = 'xdotool getactivewindow getwindowname 2>/dev/null || true';
  await until(async () => (await desk.shell(script)).includes(title), `window ${title}`);
  await desk.display.settle();
}

/** The editor on a file with this text. */
export async function openEditor(desk: Desk, path: string, text = ''): Promise<void> {
  await desk.sandbox.writeFiles([{ path, content: Buffer.from(text) }]);
  await desk.start(`mousepad --disable-server ${path}`);
  await focused(desk, `${path.split('/').at(-1)} - Mousepad`.replace('/', ''));
}

export async function closeWindow(desk: Desk): Promise<void> {
  const script = 'xdotool getactivewindow';
  const window = await desk.shell(script);
  await desk.shell(`wmctrl -i -c ${window}`);
  await until(
    async () => !(await desk.shell('wmctrl -l | cut -d" " -f1')).includes(toId(window)),
    'end of it',
  );
}

/** As wmctrl writes it. */
function toId(window: string): string {
  return `0x${Number(window).toString(16).padStart(8, '0')}`;
}

/** What a file has when it has become `text`, or what it had at the deadline. */
export async function fileOnce(desk: Desk, path: string, text: string): Promise<string> {
  let found = '';
  await until(async () => {
    found = (await desk.sandbox.readFile(path)).toString();
    return found === text;
  }, 'such file').catch(() => undefined);
  return found;
}
