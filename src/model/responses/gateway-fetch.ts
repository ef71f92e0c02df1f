/**
 * API gateways refuse with `{statusCode, message}` or `{detail}` where the API has `{error: {message, code}}`, which
 * is all that the SDK reads: such a body is put into the API's form, so that what it says is not lost.
 */
export const gatewayFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (response.status < 400) return response;
  const { status, headers } = response;
  return new Response(toApiForm(await response.text()), { status, headers });
};

function toApiForm(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof body !== 'object' || body === null || 'error' in body) return text;
  const message = 'message' in body ? body.message : 'detail' in body ? body.detail : undefined;
  return typeof message === 'string' ? JSON.stringify({ error: { message } }) : text;
}
