import type { Place } from './locate-target.ts';
import type { SeenScreen } from './screen-memory.ts';
import type { Target } from './steps.ts';

const MOST_LABELS = 24;

function describeReading(label: string, place: Place): string {
  const read = place.match?.text ?? label;
  return read === label ? `I see "${label}"` : `I see "${label}", which I read as "${read}"`;
}

/** What was seen and why this one, as a sentence or two. */
export function describePlace(target: Target, place: Place): string {
  if (target.kind === 'empty') return 'I see a place with nothing on it.';
  const reading = describeReading(target.label, place);
  const field =
    target.kind === 'field'
      ? place.field
        ? ' and the field that it names'
        : '; there is no frame of a field by it, so I take the text itself'
      : '';
  const rivals =
    place.rivals > 1
      ? ` It is there ${place.rivals} times; I take the newest, a button before a text, then the topmost.`
      : '';
  return `${reading}${field}.${rivals}`;
}

/** Some of what can be read, in quotes. */
export function listLabels(screen: SeenScreen): string {
  const labels = [
    ...new Set(screen.lines.filter(({ confidence }) => confidence >= 0.6).map(({ text }) => text)),
  ];
  const shown = labels.slice(0, MOST_LABELS).map((text) => JSON.stringify(text));
  const more = labels.length - shown.length;
  return `${shown.join(', ') || 'no text'}${more > 0 ? ` and ${more} more` : ''}`;
}
