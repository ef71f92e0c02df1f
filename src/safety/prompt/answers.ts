/** What a person at the gate says to the question. */
export type GateAnswer =
  | { readonly kind: 'approve' }
  | { readonly kind: 'hand-over' }
  | { readonly kind: 'deny' | 'terminate'; readonly reason: string };

/**
 * `y` or `yes` alone approves, `h` alone takes the desktop; whatever else is not `t` is a denial, and its words are
 * the reason.
 */
export function parseAnswer(answer: string): GateAnswer {
  const trimmed = answer.trim();
  if (/^y(es)?$/i.test(trimmed)) return { kind: 'approve' };
  if (/^h(and ?over)?$/i.test(trimmed)) return { kind: 'hand-over' };
  const terminate = /^t(erminate)?(?:$|[\s:,]+(?<why>.*)$)/is.exec(trimmed);
  if (terminate !== null) {
    return { kind: 'terminate', reason: terminate.groups?.['why'] || 'A person ended the run at the gate.' };
  }
  const why = trimmed.replace(/^no?(?:$|[\s:,]+)/i, '');
  return { kind: 'deny', reason: why === '' ? 'a person said no' : `a person said no: ${why}` };
}
