/** Markup that is safe to put into a page. Only the `html` tag makes it. */
class Markup {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

export type Html = Markup;
export type Insertable = Html | string | number | false | undefined | readonly Insertable[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// What cannot be seen but changes what is seen: controls (escape sequences), format characters (bidirectional
// overrides, zero-width ones), line and paragraph separators, halves of characters. Line feed and tab are text;
// the joiners U+200C and U+200D belong to words and emoji.
const INVISIBLE = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\n\t\u200c\u200d]]/gv;

function nameOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Text with every character that acts unseen replaced by its name: `⟨U+202E⟩`. */
export function toInert(text: string): string {
  return text.replace(INVISIBLE, (character) => `⟨${nameOf(character)}⟩`);
}

function escape(text: string): string {
  return toInert(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

function toSource(value: Insertable): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Markup) return value.source;
  if (typeof value === 'string' || typeof value === 'number') return escape(String(value));
  return value.map(toSource).join('');
}

/** Template tag: what is inserted is escaped and inert unless it is markup itself. Lists are joined. */
export function html(template: TemplateStringsArray, ...values: readonly Insertable[]): Html {
  return new Markup(template.map((part, index) => part + toSource(values[index])).join(''));
}

/** A paragraph of text from a run, with its line breaks; the style sheet keeps white space in `className`. */
export function paragraph(text: string, className: string): Html {
  return html`<p class="${className}" dir="auto">${text}</p>`;
}

/** Our own style or script, put in as it is. Never for text from a run. */
export function verbatim(source: string): Html {
  return new Markup(source);
}
