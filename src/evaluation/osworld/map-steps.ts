import { z } from 'zod';
import { IMAGE_PROGRAMS, OPENED_ENDINGS, SHELL_BUILTINS } from './image-programs.ts';
import type { Findings } from './findings.ts';
import type { OsworldStep } from './osworld-schema.ts';
import { withoutPyautogui } from './pointer-and-keys.ts';
import { shellPrograms, splitWords } from './shell-programs.ts';

/** The screen of OSWorld's machine, px. */
export const OSWORLD_SCREEN = { width: 1920, height: 1080 };
const HOME = '/home/user';

export interface MappedSteps {
  readonly downloads: readonly { readonly url: string; readonly path: string }[];
  /** In order; what they end with does not count, as it does not at OSWorld. */
  readonly commands: readonly (readonly string[])[];
}

/** Does steps with downloads first and then commands; what cannot be done so is put on the findings' list. */
export function mapSteps(steps: readonly OsworldStep[], findings: Findings): MappedSteps {
  const downloads: { url: string; path: string }[] = [];
  const commands: (readonly string[])[] = [];
  for (const { type, parameters } of steps) {
    if (type === 'download') {
      // Files come first here: that must make no difference.
      if (!commands.every(makesFolders)) findings.miss('step', 'download after other steps');
      downloads.push(...mapDownloads(parameters, findings));
    } else commands.push(...mapStep(type, parameters, findings));
  }
  return { downloads, commands };
}

const PREPARATION = /^(mkdir|sleep|xdotool)$/;

function makesFolders(argv: readonly string[]): boolean {
  const programs = argv[1] === '-c' ? (shellPrograms(argv[2] ?? '') ?? ['?']) : argv.slice(0, 1);
  return programs.every((program) => PREPARATION.test(program));
}

const fetched = z.object({ url: z.url(), path: z.string().min(1) });

type Parameters = OsworldStep['parameters'];

function mapDownloads({ files }: Parameters, findings: Findings): MappedSteps['downloads'] {
  const list: readonly unknown[] = Array.isArray(files) ? files : [];
  return list.flatMap((file) => {
    const { data } = fetched.safeParse(file);
    const path = toPath(data?.path ?? '');
    if (data !== undefined && path !== undefined) return [{ url: data.url, path }];
    findings.miss('step', 'download of something else than a file from an address to a path');
    return [];
  });
}

/** Absolute; what is relative lies in the home folder there. */
export function toPath(path: string): string | undefined {
  const full = path.startsWith('~/')
    ? `${HOME}${path.slice(1)}`
    : path.startsWith('/')
      ? path
      : `${HOME}/${path}`;
  return /[$\0]/.test(full) || full.endsWith('/') || full.split('/').includes('..') ? undefined : full;
}

/** The parameters that are known of each step. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  execute: ['command', 'shell'],
  command: ['command', 'shell'],
  launch: ['command', 'shell'],
  sleep: ['seconds'],
  open: ['path'],
  activate_window: ['window_name', 'strict', 'by_class'],
  close_window: ['window_name', 'strict', 'by_class'],
};

function mapStep(type: string, parameters: Parameters, findings: Findings): readonly (readonly string[])[] {
  const known = STEPS[type];
  const unknown = Object.keys(parameters).find((name) => known?.includes(name) === false);
  if (known === undefined || unknown !== undefined) {
    findings.miss('step', unknown === undefined ? type : `${type} with ${unknown}`);
    return [];
  }
  const { command, shell, seconds, path } = parameters;
  switch (type) {
    case 'sleep':
      return [['sleep', String(Number(seconds))]];
    case 'open':
      return mapOpen(path, findings);
    case 'activate_window':
      return [[...ACTIVATE, ...windowOf('a', parameters)]];
    case 'close_window':
      return [['wmctrl', ...windowOf('c', parameters)]];
    default: {
      const commands = mapCommand(command, isTrue(shell), findings) ?? [];
      return type === 'launch' ? commands.map((argv) => [...LAUNCH, ...argv]) : commands;
    }
  }
}

/** What was launched a moment ago may have no window yet. */
const ACTIVATE = [
  '/bin/sh',
  '-c',
  'left=50; until wmctrl "$@"; do left=$((left - 1)); [ "$left" -gt 0 ] || exit 1; sleep 0.1; done',
  'activate',
];

function windowOf(does: 'a' | 'c', parameters: Parameters): readonly string[] {
  const { window_name: name, strict, by_class: byClass } = parameters;
  return [`-${isTrue(byClass) ? 'x' : ''}${isTrue(strict) ? 'F' : ''}${does}`, String(name)];
}

/** Leaves the streams of the command, so that what is launched goes on without it. */
const LAUNCH = ['/bin/sh', '-c', 'setsid -f "$@" </dev/null >/dev/null 2>&1', 'launch'];

function mapOpen(path: unknown, findings: Findings): readonly (readonly string[])[] {
  const place = typeof path === 'string' ? toPath(path) : undefined;
  if (place !== undefined && OPENED_ENDINGS.test(place)) return [[...LAUNCH, 'exo-open', place]];
  findings.miss('step', `open *${/\.\w+$/.exec(String(path))?.[0] ?? ''}`);
  return [];
}

/** OSWorld's files have both `true` and `"true"`. */
export function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value !== '');
}

/** A command as its machine runs it, after a look at whether the image has its programs. */
export function mapCommand(
  command: unknown,
  isShell: boolean,
  findings: Findings,
): readonly (readonly string[])[] | undefined {
  const words = typeof command === 'string' ? (isShell ? [command] : splitWords(command)) : toTexts(command);
  const filled = words?.map(fillIn);
  if (filled === undefined || filled.length === 0) {
    findings.miss('step', 'a command that is neither a text nor a list of texts');
    return undefined;
  }
  const argv = isShell
    ? ['/bin/sh', '-c', ...filled]
    : filled.map((word) => word.replace(/^~\//, `${HOME}/`));
  if (
    /^python3?$/.test(argv[0] ?? '') &&
    argv[1] === '-c' &&
    argv.length === 3 &&
    /\bpyautogui\b/.test(argv[2] ?? '')
  ) {
    const done = withoutPyautogui(argv[2] ?? '');
    if (done === undefined) findings.miss('program', 'pyautogui');
    return done;
  }
  requirePrograms(argv, findings);
  return [argv];
}

function toTexts(list: unknown): readonly string[] | undefined {
  return Array.isArray(list) && list.every((word) => typeof word === 'string') ? list : undefined;
}

function fillIn(text: string): string {
  const { width, height } = OSWORLD_SCREEN;
  return text
    .replaceAll('{SCREEN_WIDTH_HALF}', String(width / 2))
    .replaceAll('{SCREEN_HEIGHT_HALF}', String(height / 2))
    .replaceAll('{SCREEN_WIDTH}', String(width))
    .replaceAll('{SCREEN_HEIGHT}', String(height));
}

function requirePrograms(argv: readonly string[], findings: Findings): void {
  const [program = '', ...rest] = argv;
  if (argv.some((word) => word.includes('{CLIENT_PASSWORD}'))) findings.miss('program', 'sudo');
  const isShell = /^(\/bin\/)?(ba)?sh$/.test(program);
  if (!isShell || rest[0] !== '-c') return requireProgram(program, rest[0] ?? '', findings);
  const programs = shellPrograms(rest[1] ?? '');
  if (programs === undefined) findings.miss('program', 'shell syntax that the import cannot follow');
  const scripts = /(?:^|[\s;&|(])(?:ba)?sh\s+(?!-)([\w./~-]+)/g;
  for (const [, script = ''] of (rest[1] ?? '').matchAll(scripts)) findings.noteScript(script);
  for (const name of programs ?? []) if (!/^(ba)?sh$/.test(name)) requireProgram(name, '', findings);
}

function requireProgram(program: string, argument: string, findings: Findings): void {
  const name = program.replace(/^\/(usr\/)?bin\//, '');
  if (/^(ba)?sh$/.test(name)) findings.noteScript(argument);
  else if (name.includes('/')) findings.noteScript(name);
  else if (!IMAGE_PROGRAMS.has(name) && !SHELL_BUILTINS.has(name)) findings.miss('program', name);
}
