import { describe, expect, test } from 'vitest';
import type { PageReader } from '../../../../src/evaluation/checks/check.ts';
import { outcome } from './checking.ts';
import { HostSandbox } from './host-sandbox.ts';

const sandbox = new HostSandbox();

/** A page with these elements, whatever the selector. */
function page(elements: readonly object[], extra: Partial<PageReader> = {}): PageReader {
  return {
    currentUrl: async () => await Promise.resolve('http://127.0.0.1:8000/thanks.html'),
    evaluate: async (expression) =>
      await Promise.resolve(expression === 'document.title' ? 'Thank you' : elements),
    cookies: async () => await Promise.resolve([{ name: 'basket', value: 'empty', domain: '127.0.0.1' }]),
    ...extra,
  };
}

const FIELD = { text: '', value: '3', checked: null };
const LINE = { text: 'Order received', value: null, checked: null };
const BOX = { text: '', value: 'on', checked: true };

describe('browser checks', () => {
  test.each([
    ['url: thanks, title: Thank you', [], 'passed: the browser shows what is wanted'],
    [
      'url: { equals: "http://127.0.0.1:8000/" }',
      [],
      'failed: the address: expected it to be "http://127.0.0.1:8000/"; has "http://127.0.0.1:8000/thanks.html"',
    ],
    ['title: Sorry', [], 'failed: the title: expected it to contain "Sorry"; has "Thank you"'],
    ['dom: { selector: p }', [LINE], 'passed: the browser shows what is wanted'],
    ['dom: { selector: p }', [], 'failed: expected an element p; there is none'],
    ['dom: { selector: p, text: received }', [LINE], 'passed: the browser shows what is wanted'],
    [
      'dom: { selector: p, text: lost }',
      [LINE],
      'failed: p: expected it to contain "lost"; has "Order received"',
    ],
    [
      'dom: { selector: i, value: { equals: "4" } }',
      [FIELD],
      'failed: the value of i: expected it to be "4"; has "3"',
    ],
    ['dom: { selector: i, checked: false }', [BOX], 'failed: expected i not to be checked'],
    ['dom: { selector: .e, count: 0 }', [], 'passed: the browser shows what is wanted'],
    [
      'dom: [{ selector: .e, count: 0 }, { selector: p, text: x }]',
      [LINE],
      'failed: expected 0; there are 1 elements .e; p: expected it to contain "x"; has "Order received"',
    ],
    ['cookie: { name: basket, value: empty }', [], 'passed: the browser shows what is wanted'],
    ['cookie: { name: user }', [], 'failed: expected a cookie "user"; has "basket"'],
  ])('%s', async (yaml, elements, expected) => {
    expect(await outcome(`- browser: { ${yaml} }`, { sandbox, browser: page(elements) })).toBe(expected);
  });

  test('a selector that cannot be read, and a page that says something else, are errors', async () => {
    const throws = page([], { evaluate: async () => await Promise.reject(new Error('SyntaxError')) });
    expect(await outcome('- browser: { dom: { selector: "p[" } }', { sandbox, browser: throws })).toMatch(
      /^error: .*SyntaxError$/,
    );
    const odd = page([{ text: 1 }]);
    expect(await outcome('- browser: { dom: { selector: p } }', { sandbox, browser: odd })).toMatch(
      /^error: /,
    );
  });

  test('a task without a browser cannot be asked', async () => {
    expect(await outcome('- browser: { title: x }', { sandbox })).toBe(
      'error: the check could not be done: the task has no browser (environment: browser)',
    );
  });
});
