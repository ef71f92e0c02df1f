import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SETTING_NAMES, SPELLINGS } from '../../../src/config/settings.ts';
import { toKebabCase } from '../../../src/util/kebab-case.ts';

/** The rows of the table of settings: field, flag, variable. */
function documented(): readonly string[] {
  const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\S+)`\s*\|([^|\n]*)\|([^|\n]*)\|[^|\n]*\|[^|\n]*\|$/gm)];
  return rows.map(([, field = '', flag = '', variable = '']) => `${field} ${flag.trim()} ${variable.trim()}`);
}

test('docs/configuration.md has every setting with its flag and its variable', () => {
  const expected = SETTING_NAMES.map((name) => {
    const { flag, variable } = SPELLINGS[name] ?? { flag: 'model', variable: 'DESKHAND_MODEL' };
    return `${name} ${flag === undefined ? '' : `\`--${toKebabCase(flag)}\``} \`${variable}\``;
  });
  expect(documented()).toEqual(expected);
});
