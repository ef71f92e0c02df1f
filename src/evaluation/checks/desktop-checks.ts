import { z } from 'zod';
import { type CheckContext, commonFields, failed, type Finding, passed } from './check.ts';
import { findFault, showText } from './text-rule.ts';
import { textOrRule } from './text-rule-schema.ts';

export const windowCheck = z
  .strictObject({
    window: textOrRule.meta({ description: 'What the title of a window has to contain, or a rule for it.' }),
    exists: z.boolean().default(true),
    ...commonFields,
  })
  .transform(({ window: title, ...check }) => ({ kind: 'window' as const, title, ...check }));

export const processCheck = z
  .strictObject({
    process: z
      .string()
      .regex(/^[\w.+-]+$/, { error: 'expected the name of a program' })
      .meta({ description: 'The name of a program, as in mousepad.' }),
    running: z.boolean().default(true),
    ...commonFields,
  })
  .transform(({ process: program, ...check }) => ({ kind: 'process' as const, program, ...check }));

export const clipboardCheck = z
  .strictObject({ clipboard: textOrRule, ...commonFields })
  .transform(({ clipboard: rule, ...common }) => ({ kind: 'clipboard' as const, rule, ...common }));

export const messageCheck = z
  .strictObject({
    message: textOrRule.meta({ description: 'What is wanted of the last message of the model.' }),
    ...commonFields,
  })
  .transform(({ message: rule, ...common }) => ({ kind: 'message' as const, rule, ...common }));

type WindowCheck = z.output<typeof windowCheck>;
type ProcessCheck = z.output<typeof processCheck>;
type ClipboardCheck = z.output<typeof clipboardCheck>;
type MessageCheck = z.output<typeof messageCheck>;

type Access = Pick<CheckContext, 'sandbox' | 'signal'>;

async function ask(argv: readonly string[], { sandbox, signal }: Access): Promise<string> {
  const { exitCode, stdout, stderr } = await sandbox.exec(argv, { signal });
  if (exitCode === 0) return stdout.toString('utf8');
  throw new Error(`${argv.join(' ')} ended with exit code ${exitCode}: ${showText(stderr.toString('utf8'))}`);
}

/** A line of `wmctrl -l`: window, desktop, host, title. */
const WINDOW_LINE = /^\S+\s+\S+\s+\S+\s?(?<title>.*)$/;

/** The titles of all windows. @throws Error when the image cannot tell */
export async function listWindowTitles(access: Access): Promise<readonly string[]> {
  const lines = (await ask(['wmctrl', '-l'], access)).split('\n').filter((line) => line !== '');
  return lines.map((line) => WINDOW_LINE.exec(line)?.groups?.['title'] ?? '');
}

export async function findWindow({ title, exists }: WindowCheck, context: CheckContext): Promise<Finding> {
  const titles = await listWindowTitles(context);
  const found = titles.find((text) => findFault(text, title) === undefined);
  const open = titles.length === 0 ? 'none is open' : `open are ${titles.map(showText).join(', ')}`;
  if (found !== undefined) {
    const words = `a window ${showText(found)}`;
    return exists ? passed(`${words} is open`) : failed(`expected no such window; ${words} is open`);
  }
  return exists ? failed(`expected such a window; ${open}`) : passed(`no such window; ${open}`);
}

export async function findProcess(check: ProcessCheck, { sandbox, signal }: CheckContext): Promise<Finding> {
  const { program, running } = check;
  // Of the name by which it was started: the kernel's own cuts at 15 characters, and wrappers change it.
  const script = 'for f in /proc/[0-9]*/cmdline; do tr "\\0" "\\n" <"$f" 2>/dev/null | sed -n 1p; done';
  const { stdout } = await sandbox.exec(['/bin/sh', '-c', script], { signal });
  const names = new Set(
    stdout
      .toString('utf8')
      .split('\n')
      .map((line) => line.split('/').at(-1) ?? ''),
  );
  if (names.size < 2) throw new Error('the processes cannot be listed');
  const isRunning = names.has(program);
  const words = `${program} is ${isRunning ? '' : 'not '}running`;
  return isRunning === running ? passed(words) : failed(`expected ${program} ${running ? '' : 'not '}to run`);
}

export async function findInClipboard({ rule }: ClipboardCheck, context: CheckContext): Promise<Finding> {
  const { sandbox, signal } = context;
  // An empty clipboard makes xclip fail: that is an empty text and no fault of the check.
  const script = 'command -v xclip >/dev/null || exit 127; xclip -selection clipboard -o 2>/dev/null || true';
  const { exitCode, stdout } = await sandbox.exec(['/bin/sh', '-c', script], { signal });
  if (exitCode !== 0) throw new Error('the image has no program xclip');
  return judgeText('the clipboard', stdout.toString('utf8'), rule);
}

export function findInMessage({ rule }: MessageCheck, { finalMessage = '' }: CheckContext): Finding {
  return judgeText('the last message', finalMessage, rule);
}

function judgeText(what: string, text: string, rule: MessageCheck['rule']): Finding {
  const fault = findFault(text, rule);
  return fault === undefined ? passed(`${what} is ${showText(text)}`) : failed(`${what}: ${fault}`);
}
