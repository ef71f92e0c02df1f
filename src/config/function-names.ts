import { z } from 'zod';
import { nearestName } from '../util/nearest.ts';
import { expectation } from './zod-problems.ts';

/** The functions that come with deskhand; a caller of the library may offer others. */
const NAMES = ['shell', 'ask_user'] as const;
export type FunctionName = (typeof NAMES)[number];

const EXPECTED = `a list of ${NAMES.join(', ')}, or none`;

/** A list in a file, `shell,ask_user` in a flag or a variable; `none` is the empty list. */
export const functionNames = z
  .union([z.array(z.enum(NAMES)), z.string()], { error: ({ input }) => expectation(EXPECTED, input) })
  .meta({ description: 'What the model may call beside the computer tool: shell, ask_user; or none.' })
  .transform((input, context): readonly FunctionName[] => {
    if (typeof input !== 'string') return [...new Set(input)];
    const words = input.split(',').map((word) => word.trim());
    if (words.length === 1 && words[0] === 'none') return [];
    const names = words.flatMap((word) => NAMES.find((name) => name === word) ?? []);
    if (names.length === words.length) return [...new Set(names)];
    const wrong = words.find((word) => !NAMES.some((name) => name === word)) ?? '';
    const near = nearestName(wrong, NAMES);
    const message = `expected ${EXPECTED}; has ${JSON.stringify(wrong)}${near === undefined ? '' : `; did you mean ${near}?`}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
