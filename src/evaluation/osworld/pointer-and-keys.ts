/** pyautogui's names of keys, where the X server has others. */
const KEYS: Readonly<Record<string, string>> = {
  enter: 'Return',
  return: 'Return',
  esc: 'Escape',
  escape: 'Escape',
  tab: 'Tab',
  space: 'space',
  backspace: 'BackSpace',
  delete: 'Delete',
  del: 'Delete',
  home: 'Home',
  end: 'End',
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  ctrl: 'ctrl',
  shift: 'shift',
  alt: 'alt',
  win: 'super',
};
const CALL = /^pyautogui\.(?<name>\w+)\((?<list>.*)\)$/;
const POINT = /^\s*(\d+)\s*,\s*(\d+)\s*$/;
const CLICKS: Readonly<Record<string, readonly string[]>> = {
  click: ['click', '1'],
  rightClick: ['click', '3'],
  doubleClick: ['click', '--repeat', '2', '--delay', '100', '1'],
  moveTo: [],
};

/**
 * What a few lines of Python do with pyautogui, done with xdotool: both send the same events to the X server.
 * @returns undefined where the lines do anything else
 */
export function withoutPyautogui(code: string): readonly (readonly string[])[] | undefined {
  const statements = code
    .split(/[;\n](?=(?:[^'"]|'[^']*'|"[^"]*")*$)/)
    .map((statement) => statement.trim())
    .filter(
      (statement) => statement !== '' && !/^import (pyautogui|time)(, ?(pyautogui|time))?$/.test(statement),
    );
  const done = statements.map(toCommand);
  return done.every((command) => command !== undefined) ? done : undefined;
}

function toCommand(statement: string): readonly string[] | undefined {
  const [, seconds] = /^time\.sleep\((\d+(?:\.\d+)?|\.\d+)\)$/.exec(statement) ?? [];
  if (seconds !== undefined) return ['sleep', seconds];
  const { name = '', list = '' } = CALL.exec(statement)?.groups ?? {};
  const clicks = CLICKS[name];
  if (clicks !== undefined) {
    const [, x, y] = POINT.exec(list) ?? [];
    return x === undefined || y === undefined ? undefined : ['xdotool', 'mousemove', x, y, ...clicks];
  }
  const texts = readTexts(list);
  if (texts === undefined) return undefined;
  if (name === 'write' || name === 'typewrite') {
    return texts.length === 1 ? ['xdotool', 'type', '--', ...texts] : undefined;
  }
  const keys = texts.map(
    (key) => KEYS[key] ?? (/^([a-z\d]|f\d\d?)$/.test(key) ? key.replace(/^f(?=\d)/, 'F') : ''),
  );
  if (keys.length === 0 || keys.includes('')) return undefined;
  if (name === 'hotkey') return ['xdotool', 'key', keys.join('+')];
  return name === 'press' ? ['xdotool', 'key', ...keys] : undefined;
}

/** `'ctrl', 's'` or `["ctrl", "s"]`. */
function readTexts(list: string): readonly string[] | undefined {
  const inner = /^\s*\[(.*)\]\s*$/.exec(list)?.[1] ?? list;
  const items = /^\s*(?:'[^'\\]*'|"[^"\\]*")(?:\s*,\s*(?:'[^'\\]*'|"[^"\\]*"))*\s*$/.test(inner)
    ? inner.match(/'[^']*'|"[^"]*"/g)
    : null;
  return items?.map((item) => item.slice(1, -1));
}
