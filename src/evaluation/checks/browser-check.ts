import { z } from 'zod';
import type { Cookie } from '../../sandbox/browser/browser.ts';
import { type CheckContext, commonFields, failed, type Finding, type PageReader, passed } from './check.ts';
import { findFault, showText } from './text-rule.ts';
import { textOrRule, type TextRule } from './text-rule-schema.ts';

const domRule = z
  .strictObject({
    selector: z.string().min(1).meta({ description: 'A CSS selector.' }),
    count: z.int().min(0).optional().meta({ description: 'How many elements there are.' }),
    text: textOrRule.optional().meta({ description: 'What is wanted of the text of the first.' }),
    value: textOrRule.optional().meta({ description: 'What is wanted of the value of the first, a field.' }),
    checked: z.boolean().optional().meta({ description: 'Whether the first, a box, is checked.' }),
  })
  .meta({ description: 'An element of the page in front; that it is there, where nothing else is said.' });

export const browserCheck = z
  .strictObject({
    browser: z
      .strictObject({
        url: textOrRule.optional().meta({ description: 'The address of the page in front.' }),
        title: textOrRule.optional().meta({ description: 'Its title.' }),
        dom: z.union([domRule, z.array(domRule).min(1)]).optional(),
        cookie: z.strictObject({ name: z.string().min(1), value: textOrRule.optional() }).optional(),
      })
      .refine((page) => Object.values(page).some((part) => part !== undefined), {
        error: 'expected at least one of url, title, dom, cookie',
      }),
    ...commonFields,
  })
  .transform(({ browser: page, ...common }) => ({ kind: 'browser' as const, page, ...common }));

type BrowserCheck = z.output<typeof browserCheck>;
type DomRule = z.output<typeof domRule>;

/** What came of looking for one thing: nothing is wrong, or what is. */
type Fault = string | undefined;

/** @throws Error when there is no browser, or it does not answer */
export async function findInBrowser({ page }: BrowserCheck, { browser }: CheckContext): Promise<Finding> {
  if (browser === undefined) throw new Error('the task has no browser (environment: browser)');
  const { url, title, dom, cookie } = page;
  const rules = dom === undefined || Array.isArray(dom) ? (dom ?? []) : [dom];
  const faults: Fault[] = [];
  if (url !== undefined) faults.push(faultOf('the address', (await browser.currentUrl()) ?? '', url));
  if (title !== undefined) faults.push(faultOf('the title', await readTitle(browser), title));
  for (const rule of rules) faults.push(await findDomFault(rule, browser));
  if (cookie !== undefined) faults.push(findCookieFault(cookie, await browser.cookies()));
  const wrong = faults.filter((fault) => fault !== undefined);
  return wrong.length === 0 ? passed('the browser shows what is wanted') : failed(wrong.join('; '));
}

function faultOf(what: string, text: string, rule: TextRule): Fault {
  const fault = findFault(text, rule);
  return fault === undefined ? undefined : `${what}: ${fault}`;
}

async function readTitle(browser: PageReader): Promise<string> {
  return z.string().parse(await browser.evaluate('document.title'));
}

const elements = z.array(
  z.object({ text: z.string(), value: z.string().nullable(), checked: z.boolean().nullable() }),
);

async function findDomFault(rule: DomRule, browser: PageReader): Promise<Fault> {
  const { selector, count, text, value, checked } = rule;
  const found = elements.parse(await browser.evaluate(toExpression(selector)));
  const what = `${found.length} elements ${selector}`;
  if (count !== undefined && found.length !== count) return `expected ${count}; there are ${what}`;
  const [first] = found;
  if (first === undefined) return count === 0 ? undefined : `expected an element ${selector}; there is none`;
  if (checked !== undefined && first.checked !== checked)
    return `expected ${selector} ${checked ? '' : 'not '}to be checked`;
  const texts = text === undefined ? undefined : faultOf(selector, first.text, text);
  return (
    texts ?? (value === undefined ? undefined : faultOf(`the value of ${selector}`, first.value ?? '', value))
  );
}

/** At most 1,000 elements with 10,000 characters each: a page may have any number of both. */
function toExpression(selector: string): string {
  return `Array.from(document.querySelectorAll(${JSON.stringify(selector)})).slice(0, 1000).map((element) => ({
    text: String(element.innerText ?? element.textContent ?? '').slice(0, 10000),
    value: typeof element.value === 'string' ? element.value.slice(0, 10000) : null,
    checked: typeof element.checked === 'boolean' ? element.checked : null,
  }))`;
}

function findCookieFault(
  { name, value }: NonNullable<BrowserCheck['page']['cookie']>,
  cookies: readonly Cookie[],
): Fault {
  const found = cookies.find((cookie) => cookie.name === name);
  if (found === undefined) {
    const names = cookies.map((cookie) => showText(cookie.name)).join(', ') || 'none';
    return `expected a cookie ${showText(name)}; has ${names}`;
  }
  return value === undefined ? undefined : faultOf(`the cookie ${name}`, found.value, value);
}
