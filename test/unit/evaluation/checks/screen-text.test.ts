import { expect, test } from 'vitest';
import { hasText } from '../../../../src/evaluation/checks/screen-text.ts';

test.each([
  [['user -Thunar'], 'user - Thunar', true],
  [['~ /midnight.txt — Mousepad'], '~/midnight.txt - Mousepad', true],
  [['Find and Replace…'], 'find and replace...', true],
  [['two', 'lines'], 'two lines', true],
  [['the “end”'], 'The "End"', true],
  [['Login'], 'Log in', false],
  [['Log in'], 'Login', false],
  [['1440'], '144', false],
  [['result: 144'], '144', true],
  [['naïve café'], 'naïve café', true],
  [['1440 or 144'], '144', true],
  [[], 'a', false],
])('%j has %j: %j', (lines, text, expected) => {
  expect(hasText(lines, text)).toBe(expected);
});
