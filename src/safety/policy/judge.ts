import type { Point, Rect } from '../../util/geometry.ts';
import { fitsGlob, fitsUrl, hasMatch, toChord } from './patterns.ts';
import type { Conditions, Effect, Policy, PolicyRule } from './policy-schema.ts';
import { typedBy, type Foreground, type PolicySubject } from './subject.ts';

/** `unknown`: only the desktop can tell, and it was not asked. */
type Answer = 'yes' | 'no' | 'unknown';

/** What a policy says. `rule` is absent where the default holds. */
export interface Verdict {
  readonly effect: Effect;
  readonly rule?: PolicyRule;
  /** The rules before it that only the desktop could have decided; none when the desktop was asked. */
  readonly open: readonly PolicyRule[];
}

/**
 * What is known of the foreground: what the desktop said; `unread`: it was not asked; `unreadable`: it did not tell,
 * and then a rule that restricts is taken to match and a rule that allows is not.
 */
export type Sight = Foreground | 'unread' | 'unreadable';

/** The first rule that matches, from the policy and its subject alone. */
export function judge(policy: Policy, subject: PolicySubject, sight: Sight): Verdict {
  const open: PolicyRule[] = [];
  for (const rule of policy.rules) {
    const answer = answerOf(rule, subject, sight);
    if (answer === 'yes') return { effect: rule.effect, rule, open };
    if (answer === 'unknown') open.push(rule);
  }
  return { effect: policy.default, open };
}

function answerOf({ when, effect }: PolicyRule, subject: PolicySubject, sight: Sight): Answer {
  if (!holdsOfItself(when, subject)) return 'no';
  const { url, application } = when;
  if (url === undefined && application === undefined) return 'yes';
  if (subject.kind === 'tool') return 'no';
  if (sight === 'unread') return 'unknown';
  if (sight === 'unreadable') return effect === 'allow' ? 'no' : 'yes';
  return holdsOfForeground(when, sight) ? 'yes' : 'no';
}

/** What can be told without a look at the desktop. */
function holdsOfItself(when: Conditions, subject: PolicySubject): boolean {
  if (subject.kind === 'tool') {
    const isAboutActions = [when.action, when.text, when.keys, when.region].some(
      (given) => given !== undefined,
    );
    return !isAboutActions && (when.tool?.some((tool) => isTool(tool, subject)) ?? false);
  }
  if (when.tool !== undefined) return false;
  const { action, typedBefore } = subject;
  const { action: types, text, keys, region } = when;
  return (
    (types === undefined || types.includes(action.type)) &&
    (keys === undefined || (action.type === 'keypress' && keys.includes(toChord(action.keys)))) &&
    (region === undefined ||
      pointsOf(action).some((point) => region.some((rect) => isInside(point, rect)))) &&
    (text === undefined || text.some((pattern) => isTyped(pattern, typedBy(action), typedBefore)))
  );
}

function isTyped(
  pattern: Parameters<typeof hasMatch>[0],
  typed: string | undefined,
  typedBefore: string,
): boolean {
  if (typed === undefined) return false;
  return hasMatch(pattern, typedBefore + typed, typedBefore.length);
}

function isTool(
  { name, arguments: pattern }: NonNullable<Conditions['tool']>[number],
  subject: Extract<PolicySubject, { kind: 'tool' }>,
): boolean {
  if (!name.some((glob) => fitsGlob(glob, subject.name))) return false;
  return pattern === undefined || hasMatch(pattern, JSON.stringify(subject.arguments) ?? '');
}

function holdsOfForeground({ url: urls, application: applications }: Conditions, front: Foreground): boolean {
  const { url, application } = front;
  if (urls !== undefined && !(url !== undefined && urls.some((pattern) => fitsUrl(pattern, url))))
    return false;
  if (applications === undefined) return true;
  if (application === undefined) return false;
  return applications.some(
    ({ class: classes, title }) =>
      (classes === undefined ||
        classes.some((glob) => application.class.some((name) => fitsGlob(glob, name)))) &&
      (title === undefined || hasMatch(title, application.title)),
  );
}

function pointsOf(action: Extract<PolicySubject, { kind: 'action' }>['action']): readonly Point[] {
  if (action.type === 'drag') return action.path;
  return 'x' in action ? [action] : [];
}

function isInside({ x, y }: Point, rect: Rect): boolean {
  return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
}
