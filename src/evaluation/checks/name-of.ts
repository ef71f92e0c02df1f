import type { Check } from './check-schema.ts';
import { showText } from './text-rule.ts';

/** What a check is about, in words: its own name, or one made of what it says. */
export function nameOf(check: Check): string {
  if (check.name !== undefined) return check.name;
  switch (check.kind) {
    case 'command':
      return `command ${showText(check.command.shown)}`;
    case 'file':
    case 'document':
    case 'table':
    case 'database':
    case 'archive':
    case 'image':
      return `${check.kind} ${check.path}`;
    case 'data':
      return `data ${check.path} ${check.at}`;
    case 'screen': {
      const texts = [...check.visible, ...check.notVisible.map((text) => `without ${text}`)];
      return `screen ${[...texts, ...(check.like === undefined ? [] : [`like ${check.like}`])].join(', ')}`;
    }
    case 'process':
      return `process ${check.program}`;
    case 'script':
      return `script ${check.script}`;
    case 'judge':
      return `judge ${showText(check.statement)}`;
    case 'browser':
      return `browser ${Object.keys(check.page).join(', ')}`;
    case 'window':
    case 'clipboard':
    case 'message':
      return check.kind;
    case 'all':
    case 'any':
      return `${check.kind} of ${check.checks.map(nameOf).join(', ')}`;
    case 'none':
      return `not ${check.checks.map(nameOf).join(', ')}`;
  }
}
