import { ModelError } from '../../errors.ts';

/** A key that may use the model and not ask about it: what it is told then says nothing about a run. */
const LACKS_SCOPE = /insufficient permissions|missing scopes/i;

/**
 * Whether a refusal to tell about the model means that no request of a run can get through. A deployment is not a model
 * at Azure, and compatible servers may tell of none, so that a model is unknown counts only where a server says just that.
 */
export function isLastingRefusal(error: unknown, provider: string): boolean {
  if (!(error instanceof ModelError)) return false;
  const { kind, code } = error.details;
  if (error.code === 'model-authentication') {
    return kind !== 'no-permission' && !LACKS_SCOPE.test(error.message);
  }
  if (error.code === 'model-not-found') return provider === 'openai' && code === 'model_not_found';
  return error.code === 'model-unavailable' && kind === 'network' && !error.retryable;
}
