import { ModelError, toMessage } from '../../errors.ts';

/** Resolves to an access token that is valid now; called before every request. */
export type TokenSource = () => Promise<string>;

const MOST_CREDENTIALS = 8;
const LONGEST_REASON = 160;

/**
 * Tokens of Entra ID through DefaultAzureCredential: environment, workload identity, managed identity, az and azd.
 * The package is loaded at the first use; it keeps the token and renews it before it expires.
 * @throws ModelError model-authentication that names what was tried and why it failed
 */
export function createEntraTokenSource(scope: string): TokenSource {
  let loading: Promise<TokenSource> | undefined;
  return async () => {
    try {
      loading ??= loadSource(scope);
      const source = await loading;
      return await source();
    } catch (error) {
      throw toCredentialError(error, scope);
    }
  };
}

async function loadSource(scope: string): Promise<TokenSource> {
  const { DefaultAzureCredential, getBearerTokenProvider } = await import('@azure/identity');
  return getBearerTokenProvider(new DefaultAzureCredential(), scope);
}

/** At most ten lines: one for the failure, one for each credential, one for what was left out. */
export function toCredentialError(error: unknown, scope: string): ModelError {
  const tried = reasonsOf(error);
  const shown = tried.slice(0, MOST_CREDENTIALS).map((reason) => `  - ${reason}`);
  const more = tried.length > shown.length ? [`  - and ${tried.length - shown.length} more`] : [];
  const lines = ['No Azure credential gave a token:', ...shown, ...more];
  return new ModelError('model-authentication', lines.join('\n'), {
    details: { kind: 'no-credential', scope },
    hint: 'Sign in with `az login`, or set AZURE_OPENAI_API_KEY, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.',
  });
}

function reasonsOf(error: unknown): readonly string[] {
  const parts: unknown =
    typeof error === 'object' && error !== null && 'errors' in error ? error.errors : undefined;
  const errors: readonly unknown[] = Array.isArray(parts) && parts.length > 0 ? parts : [error];
  return errors.map((part) => {
    const line = toMessage(part).split('\n', 1)[0] ?? '';
    return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)}...` : line;
  });
}
