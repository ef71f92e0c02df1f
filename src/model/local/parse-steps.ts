import { ModelError } from '../../errors.ts';
import { toPrintable } from '../../util/printable.ts';
import { Cursor } from './cursor.ts';
import { GrammarFault, showCurrent } from './grammar-fault.ts';
import { takeChord, takeTimes } from './key-grammar.ts';
import { takeClick, takeCommand } from './step-grammar.ts';
import type { Command, Step } from './steps.ts';
import { type Token, tokenise } from './tokens.ts';
import { STEP_FORMS, takeVerb } from './verbs.ts';

const SEPARATORS = new Set(['then', 'and', 'next', '>', '->', '→']);
const FILLERS = new Set([
  'please',
  'now',
  'first',
  'finally',
  'also',
  'just',
  'afterwards',
  'lastly',
  'after',
  'that',
]);
/** A line that begins with one of these goes on with the step before. */
const CONTINUATIONS = new Set(
  'above at below beneath beside for from holding in into near of on onto over times to twice under until while with'.split(
    ' ',
  ),
);
const MARKS = new Set(['.', ',', ';', ':', '(', ')']);

const HINT =
  'Write one step a line, with labels and texts in quotes, or give the task to a model that reads prose: ' +
  'set AZURE_OPENAI_ENDPOINT (with AZURE_OPENAI_API_KEY, or sign in with Entra ID) or OPENAI_API_KEY.';

function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}

function notUnderstood(source: string, offset: number, why: string): ModelError {
  const line = lineAt(source, offset);
  const text = toPrintable((source.split('\n')[line - 1] ?? '').trim());
  const message = [
    `The local model follows steps, and line ${line} is not one that it understands: ${why}.`,
    `  ${line} | ${text}`,
    'It understands:',
    ...STEP_FORMS.map((form) => `  ${form}`),
  ].join('\n');
  return new ModelError('model-rejected-request', message, { details: { line, text, why }, hint: HINT });
}

function isContinued(tokens: readonly Token[], index: number): boolean {
  const [before, token, after] = [tokens[index - 1], tokens[index], tokens[index + 1]];
  if (token?.isItem || before === undefined || before.kind === 'break' || after === undefined) return false;
  if (after.kind === 'quote')
    return before.kind === 'word' || (before.kind === 'mark' && before.text === ',');
  return after.kind === 'word' && CONTINUATIONS.has(after.text.toLowerCase());
}

/** Joins lines that were only wrapped. */
function joinLines(tokens: readonly Token[]): readonly Token[] {
  return tokens.filter((token, index) => token.kind !== 'break' || !isContinued(tokens, index));
}

/** Takes line ends, punctuation and `then`; whether there was any. */
function skipSeparators(cursor: Cursor): boolean {
  const { position } = cursor;
  for (;;) {
    const token = cursor.current;
    const isSeparator =
      token?.kind === 'break' ||
      (token?.kind === 'mark' && MARKS.has(token.text)) ||
      SEPARATORS.has(cursor.wordAt()) ||
      FILLERS.has(cursor.wordAt());
    if (!isSeparator) return cursor.position > position;
    cursor.skip();
  }
}

/** A list may have a line above it that says what it is for: it ends in a colon. */
function skipHeading(cursor: Cursor, tokens: readonly Token[]): void {
  const end = tokens.findIndex((token, index) => index > 0 && token.kind === 'break');
  const last = tokens[end - 1];
  const isHeading = end > 0 && tokens[end]?.isItem === true && last?.kind === 'mark' && last.text === ':';
  if (isHeading) cursor.position = end;
}

/** `then "Save"` repeats a click, `then Enter` a key press. */
function takeRepeated(cursor: Cursor, previous: Command | undefined): Command | undefined {
  const isQuote = cursor.current?.kind === 'quote';
  if (previous?.kind === 'click' && isQuote) {
    const { button, count, held } = previous;
    return { ...takeClick(cursor, 'click'), button, count, held };
  }
  const isWord = cursor.current?.kind === 'word';
  const next = cursor.kindAt(1);
  if (previous?.kind !== 'press' || !isWord || next === 'quote' || (next === 'word' && !isCount(cursor)))
    return undefined;
  // `press Enter`, `wait 2 seconds`: a count follows, but no key is named so.
  if (cursor.wordAt() === 'wait') return undefined;
  return { kind: 'press', keys: takeChord(cursor), times: takeTimes(cursor) };
}

function isCount(cursor: Cursor): boolean {
  return /^(?:\d+|once|twice|key|then|and|\+.*)$/.test(cursor.wordAt(1));
}

/** What stands before the first quote, or the first word. */
function verbOf(step: Step | undefined): string {
  return /^(?:press |[^"“„«`‘']*)/i.exec(step?.text ?? '')?.[0] ?? '';
}

function takeStep(
  cursor: Cursor,
  previous: Command | undefined,
): { readonly command: Command; readonly isRepeated: boolean } {
  const repeated = takeRepeated(cursor, previous);
  if (repeated) return { command: repeated, isRepeated: true };
  const verb = takeVerb(cursor);
  if (verb === undefined)
    throw new GrammarFault(`${showCurrent(cursor)} is not a verb that it knows`, cursor);
  return { command: takeCommand(cursor, verb), isRepeated: false };
}

function takeSteps(source: string, tokens: readonly Token[]): readonly Step[] {
  const cursor = new Cursor(tokens);
  const steps: Step[] = [];
  skipHeading(cursor, tokens);
  skipSeparators(cursor);
  while (cursor.current !== undefined) {
    const { start } = cursor.current;
    const { command, isRepeated } = takeStep(cursor, steps.at(-1)?.command);
    const written = source.slice(start, cursor.previous?.end).replace(/\s+/g, ' ');
    const text = isRepeated ? `${verbOf(steps.at(-1))}${written}` : written;
    steps.push({ command, text, line: lineAt(source, start) });
    if (cursor.current === undefined || skipSeparators(cursor)) continue;
    throw new GrammarFault(`${showCurrent(cursor)} does not belong to "${text}"`, cursor);
  }
  return steps;
}

/**
 * Reads an instruction as steps.
 * @throws ModelError model-rejected-request, naming the line that is not understood
 */
export function parseSteps(instruction: string): readonly Step[] {
  const source = instruction.replaceAll('\r\n', '\n');
  const tokens = tokenise(source);
  if ('start' in tokens)
    throw notUnderstood(source, tokens.start, 'the quote that opens there is not closed');
  try {
    const steps = takeSteps(source, joinLines(tokens));
    if (steps.length > 0) return steps;
  } catch (error) {
    if (!(error instanceof GrammarFault)) throw error;
    throw notUnderstood(source, error.offset ?? 0, error.message);
  }
  throw notUnderstood(source, 0, 'there is no step in it');
}
