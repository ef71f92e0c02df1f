import { ModelError } from '../../errors.ts';

/** What a server said when it refused or failed a request; everything but the message may be missing. */
export interface ApiFault {
  readonly message: string;
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly param?: string | undefined;
  readonly requestId?: string | undefined;
  /** How long the server asked to wait, ms. */
  readonly retryAfterMs?: number | undefined;
}

export interface ErrorContext {
  /** `OpenAI` or `Azure OpenAI`. */
  readonly service: string;
  /** Model or deployment name. */
  readonly model: string;
  /** `model` or `deployment`. */
  readonly modelNoun: 'model' | 'deployment';
  /** Host and path of the endpoint, for hints. */
  readonly endpoint: string;
}

/** What exactly was wrong, in `details.kind`. */
type FaultKind =
  | 'bad-key'
  | 'no-permission'
  | 'no-such-model'
  | 'no-such-path'
  | 'no-quota'
  | 'too-many-requests'
  | 'lost-response'
  | 'unacknowledged-safety-check'
  | 'missing-call-output'
  | 'image-too-large'
  | 'invalid-image'
  | 'context-too-long'
  | 'tool-not-supported'
  | 'content-filter'
  | 'unsupported-parameter'
  | 'request-too-large'
  | 'server-fault'
  | 'other';

interface FaultRule {
  readonly kind: FaultKind;
  readonly code: ModelError['code'];
  readonly matches: (fault: ApiFault) => boolean;
  readonly hint: (context: ErrorContext) => string;
  readonly retryable?: boolean;
}

const hasStatus =
  (...statuses: readonly number[]) =>
  ({ status }: ApiFault): boolean =>
    status !== undefined && statuses.includes(status);

const hasCode =
  (...codes: readonly string[]) =>
  ({ code }: ApiFault): boolean =>
    code !== undefined && codes.includes(code);

const says =
  (pattern: RegExp) =>
  ({ message }: ApiFault): boolean =>
    pattern.test(message);

const any =
  (...tests: readonly ((fault: ApiFault) => boolean)[]) =>
  (fault: ApiFault): boolean =>
    tests.some((test) => test(fault));

const IMAGE_TOO_LARGE = hasCode('image_too_large', 'image_file_too_large');
const INVALID_IMAGE = hasCode(
  'invalid_image',
  'invalid_image_format',
  'invalid_base64_image',
  'invalid_image_url',
  'image_too_small',
  'image_parse_error',
  'unsupported_image_media_type',
  'empty_image_file',
);

/** The first rule that matches decides; codes and messages as OpenAI and Azure document or send them. */
const RULES: readonly FaultRule[] = [
  {
    kind: 'bad-key',
    code: 'model-authentication',
    matches: any(hasStatus(401), hasCode('invalid_api_key')),
    hint: ({ service }) =>
      service === 'Azure OpenAI'
        ? 'Check AZURE_OPENAI_API_KEY and that it belongs to this resource, or sign in again (az login) for Entra ID.'
        : 'Check OPENAI_API_KEY, and that the key belongs to this server.',
  },
  {
    kind: 'no-such-model',
    code: 'model-not-found',
    matches: any(
      hasCode('model_not_found', 'DeploymentNotFound', 'OperationNotSupported'),
      says(/model .* does not exist|deployment .* does not exist/i),
    ),
    hint: ({ model, modelNoun, service }) =>
      modelNoun === 'deployment'
        ? `Check that "${model}" is the name of a deployment (not of a model) in this ${service} resource.`
        : `Check the model's name "${model}", and that this account has access to it.`,
  },
  {
    kind: 'lost-response',
    code: 'model-rejected-request',
    matches: any(
      hasCode('previous_response_not_found'),
      says(/response with id .* not found/i),
      (fault) => fault.param === 'previous_response_id' && /not found/i.test(fault.message),
    ),
    hint: () =>
      'The server has forgotten the conversation: start the run again, or keep history on the client.',
  },
  {
    kind: 'no-such-path',
    code: 'model-not-found',
    matches: hasStatus(404, 405),
    hint: ({ endpoint, model, modelNoun }) =>
      `Check the endpoint (${endpoint}) and the ${modelNoun} "${model}": nothing answers the Responses API there.`,
  },
  {
    kind: 'no-permission',
    code: 'model-authentication',
    matches: hasStatus(403),
    hint: ({ service }) =>
      service === 'Azure OpenAI'
        ? 'The identity needs the role "Cognitive Services OpenAI User" on the resource; its network rules may also refuse this machine.'
        : 'The key, its project or this country is not allowed to use the model.',
  },
  {
    kind: 'no-quota',
    code: 'model-rate-limited',
    matches: hasCode('insufficient_quota', 'billing_hard_limit_reached'),
    hint: () => 'The account has no credit left: see its plan and billing.',
  },
  {
    kind: 'too-many-requests',
    code: 'model-rate-limited',
    matches: any(hasStatus(429), hasCode('rate_limit_exceeded', 'RATE_LIMITED')),
    hint: ({ modelNoun }) => `Wait, run fewer tasks at once, or raise the rate limit of the ${modelNoun}.`,
    retryable: true,
  },
  {
    kind: 'unacknowledged-safety-check',
    code: 'model-rejected-request',
    matches: says(/unacknowledged safety check/i),
    hint: () => 'Every pending safety check of a call has to be approved, or the call refused.',
  },
  {
    kind: 'missing-call-output',
    code: 'model-rejected-request',
    matches: says(/no tool (output|call) found/i),
    hint: () => 'Every call of a response has to be answered exactly once.',
  },
  {
    kind: 'image-too-large',
    code: 'model-rejected-request',
    matches: any(IMAGE_TOO_LARGE, says(/image.{0,40}(too large|exceeds|maximum)/i)),
    hint: () => 'Use a smaller display, such as 1280x800.',
  },
  {
    kind: 'invalid-image',
    code: 'model-rejected-request',
    matches: any(INVALID_IMAGE, says(/invalid image|image data/i)),
    hint: () => 'The screenshot was not taken for an image: check the display size.',
  },
  {
    kind: 'context-too-long',
    code: 'model-rejected-request',
    matches: any(hasCode('context_length_exceeded'), says(/context (length|window)/i)),
    hint: () =>
      'The run is too long for this model: split the task, use a smaller display, or keep history on the client.',
  },
  {
    kind: 'tool-not-supported',
    code: 'model-rejected-request',
    matches: says(/tool '?[\w-]+'? is not supported|does not support .{0,30}tool/i),
    hint: ({ model }) =>
      `Give the other computer tool (computer or computer_use_preview), or a model other than "${model}" that can use a computer.`,
  },
  {
    kind: 'content-filter',
    code: 'model-rejected-request',
    matches: any(
      hasCode(
        'content_filter',
        'invalid_prompt',
        'image_content_policy_violation',
        'content_policy_violation',
      ),
      says(/content management policy|usage policy|content filter/i),
    ),
    hint: () => 'The content filter refused the task or what is on the screen.',
  },
  {
    kind: 'unsupported-parameter',
    code: 'model-rejected-request',
    matches: hasCode('unknown_parameter', 'unsupported_parameter', 'unsupported_value', 'invalid_value'),
    hint: ({ service }) =>
      `This ${service} endpoint does not know a field of the request: is it the Responses API?`,
  },
  {
    kind: 'request-too-large',
    code: 'model-rejected-request',
    matches: hasStatus(413),
    hint: () => 'Use a smaller display.',
  },
  {
    kind: 'server-fault',
    code: 'model-unavailable',
    matches: any(
      ({ status }) => status !== undefined && (status >= 500 || status === 408 || status === 409),
      hasCode('server_error', 'vector_store_timeout'),
    ),
    hint: ({ service }) => `${service} has a fault: try again later.`,
    retryable: true,
  },
];

const OTHER: FaultRule = {
  kind: 'other',
  code: 'model-rejected-request',
  matches: () => true,
  hint: ({ endpoint }) => `The server (${endpoint}) does not take the request as it is.`,
};

/** The one place where a server's refusal becomes an error of ours. */
export function toModelError(fault: ApiFault, context: ErrorContext): ModelError {
  const rule = RULES.find(({ matches }) => matches(fault)) ?? OTHER;
  const { status, code, param, requestId, retryAfterMs } = fault;
  const answer = status === undefined ? 'failed' : `answered ${status}`;
  return new ModelError(rule.code, `${context.service} ${answer}: ${fault.message}`, {
    details: { kind: rule.kind, status, code, param, requestId, retryAfterMs, model: context.model },
    hint: rule.hint(context),
    retryable: rule.retryable ?? false,
  });
}

/** The `details.kind` of an error made here. */
export function faultKind(error: unknown): unknown {
  return error instanceof ModelError ? error.details['kind'] : undefined;
}
