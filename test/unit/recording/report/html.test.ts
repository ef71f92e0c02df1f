import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { html, paragraph, toInert, verbatim } from '../../../../src/recording/report/html.ts';

test('text is escaped, in elements and in attributes', () => {
  const evil = `"><script>alert('&')</script>`;
  expect(html`<p title="${evil}">${evil}</p>`.source).toBe(
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;">' +
      '&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;</p>',
  );
});

test('markup goes in as it is, lists are joined, nothing is nothing', () => {
  const items = ['<', '>'].map((text) => html`<i>${text}</i>`);
  expect(html`${items}${undefined}${false}${''}${0}`.source).toBe('<i>&lt;</i><i>&gt;</i>0');
  expect(html`${verbatim('<b>')}`.source).toBe('<b>');
});

test.each([
  ['an escape sequence', '\u001b[31mred\u001b[0m', '⟨U+001B⟩[31mred⟨U+001B⟩[0m'],
  ['C1 control', '\u009b2J', '⟨U+009B⟩2J'],
  ['carriage return', 'a\rb', 'a⟨U+000D⟩b'],
  ['bidirectional override', 'gnp.\u202eexe.', 'gnp.⟨U+202E⟩exe.'],
  ['bidirectional isolates', '\u2066a\u2069', '⟨U+2066⟩a⟨U+2069⟩'],
  ['zero-width space and byte order mark', 'a\u200bb\ufeff', 'a⟨U+200B⟩b⟨U+FEFF⟩'],
  ['line separator', 'a\u2028b', 'a⟨U+2028⟩b'],
  ['half a character', 'a\ud800b', 'a⟨U+D800⟩b'],
  ['tag characters', '\u{e0041}', '⟨U+E0041⟩'],
  ['line feeds, tabs, accents, joined emoji, Arabic', 'é\n\t👩‍💻 سلام', 'é\n\t👩‍💻 سلام'],
])('%s', (_name, text, expected) => {
  expect(toInert(text)).toBe(expected);
});

test('no text can leave its place', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { source } = paragraph(text, 'text');
      const inner = source.slice('<p class="text" dir="auto">'.length, -'</p>'.length);
      expect(inner).not.toMatch(/[<>"'\u202e]|[^\P{Cc}\n\t]/u);
      expect(inner.replace(/&(?:amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
    }),
  );
});
