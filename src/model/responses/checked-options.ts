import { InputError } from '../../errors.ts';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}

/**
 * A credential that can stand in a header. The value itself is never shown.
 * @throws InputError
 */
export function checkSecret(value: string, what: string, variable: string): string {
  if (value === '') {
    throw new InputError('invalid-option', `No value for ${what}.`, { hint: `Set ${variable}.` });
  }
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new InputError(
      'invalid-option',
      `The value of ${what} has spaces, line breaks or characters that no key has.`,
      { hint: `Check ${variable}: it may have been copied with quotes or a line break.` },
    );
  }
  return value;
}

/** @throws InputError */
export function checkModelName(name: string, what: 'model' | 'deployment'): string {
  if (/^[\w.:/@-]+$/.test(name)) return name;
  throw new InputError('invalid-option', `"${name}" is no name of a ${what}.`, {
    hint: what === 'deployment' ? 'Set AZURE_OPENAI_DEPLOYMENT or give --model.' : 'Give --model.',
  });
}

/**
 * An http or https URL without user, query or fragment.
 * @throws InputError that shows `example`
 */
export function parseEndpoint(text: string, what: string, example: string): URL {
  const hint = `The right form is ${example}`;
  if (!URL.canParse(text))
    throw new InputError('invalid-option', `${what} "${text}" is not a URL.`, { hint });
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new InputError('invalid-option', `${what} "${text}" does not begin with https://.`, { hint });
  }
  if (url.username !== '' || url.password !== '') {
    throw new InputError('invalid-option', `${what} has a user name or password in it.`, { hint });
  }
  if (url.search !== '' || url.hash !== '') {
    // The query is not repeated: some put a key there.
    throw new InputError('invalid-option', `${what} "${url.origin}${url.pathname}" has a query.`, { hint });
  }
  return url;
}
