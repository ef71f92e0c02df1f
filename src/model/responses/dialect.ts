import { ModelError } from '../../errors.ts';
import { isComputerCallOutput, isUserMessage } from '../wire.ts';
import type { InputImage, InputItem, InputText } from '../wire.ts';
import type { ResponsesRequest } from './request.ts';

/** What servers and accounts differ in: sent at first, left out once it was refused. */
export type Feature = 'detail' | 'current-url' | 'summary' | 'reasoning' | 'encrypted-content';

interface FeatureRule {
  readonly feature: Feature;
  readonly isRefused: (param: string, message: string) => boolean;
  readonly isIn: (request: ResponsesRequest) => boolean;
  readonly remove: (request: ResponsesRequest) => ResponsesRequest;
}

/** First rule first: an account that may not have summaries may still have reasoning. */
const RULES: readonly FeatureRule[] = [
  {
    feature: 'detail',
    isRefused: (param, message) => /\bdetail\b/.test(param) || /\.detail\b|'original'/.test(message),
    isIn: ({ input }) => input.some((item) => withoutDetail(item) !== item),
    remove: (request) => ({ ...request, input: request.input.map(withoutDetail) }),
  },
  {
    feature: 'current-url',
    isRefused: (param, message) => /\bcurrent_url\b/.test(param) || /\bcurrent_url\b/.test(message),
    isIn: ({ input }) => input.some((item) => withoutCurrentUrl(item) !== item),
    remove: (request) => ({ ...request, input: request.input.map(withoutCurrentUrl) }),
  },
  {
    // An unverified organisation gets no summaries: 400, param reasoning.summary, unsupported_value.
    feature: 'summary',
    isRefused: (param, message) => param === 'reasoning.summary' || /reasoning[ .]summar/i.test(message),
    isIn: ({ reasoning }) => reasoning?.summary !== undefined,
    remove: (request) => ({
      ...request,
      reasoning: request.reasoning?.effort === undefined ? undefined : { effort: request.reasoning.effort },
    }),
  },
  {
    feature: 'reasoning',
    isRefused: (param) => param === 'reasoning' || param.startsWith('reasoning.'),
    isIn: ({ reasoning }) => reasoning !== undefined && reasoning.effort === undefined,
    remove: (request) => ({ ...request, reasoning: undefined }),
  },
  {
    feature: 'encrypted-content',
    isRefused: (param, message) => param.startsWith('include') || /encrypted content/i.test(message),
    isIn: ({ include }) => include !== undefined,
    remove: (request) => ({ ...request, include: undefined }),
  },
];

/** What is `undefined` here is left out of the JSON. Remembers what one server does not take, so that it is refused once and not at every request. */
export class Dialect {
  readonly #refused: Set<Feature>;

  constructor(refused: readonly Feature[] = []) {
    this.#refused = new Set(refused);
  }

  apply(request: ResponsesRequest): ResponsesRequest {
    const rules = RULES.filter(({ feature }) => this.#refused.has(feature));
    return rules.reduce((adapted, { remove }) => remove(adapted), request);
  }

  /** True where `error` refuses a feature that `request` used: then the request is worth sending again. */
  learn(error: unknown, request: ResponsesRequest): boolean {
    if (!(error instanceof ModelError) || error.details['status'] !== 400) return false;
    const { param = '' } = error.details;
    if (typeof param !== 'string') return false;
    const rule = RULES.find(
      ({ feature, isRefused, isIn }) =>
        !this.#refused.has(feature) && isRefused(param, error.message) && isIn(request),
    );
    if (rule === undefined) return false;
    this.#refused.add(rule.feature);
    return true;
  }
}

function withoutDetail(item: InputItem): InputItem {
  if (isComputerCallOutput(item)) {
    return item.output.detail === undefined
      ? item
      : { ...item, output: { ...item.output, detail: undefined } };
  }
  if (!isUserMessage(item) || !item.content.some(hasDetail)) return item;
  return {
    ...item,
    content: item.content.map((part) => (hasDetail(part) ? { ...part, detail: undefined } : part)),
  };
}

function withoutCurrentUrl(item: InputItem): InputItem {
  return isComputerCallOutput(item) && item.current_url !== undefined
    ? { ...item, current_url: undefined }
    : item;
}

function hasDetail(part: InputText | InputImage): part is InputImage {
  return part.type === 'input_image' && part.detail !== undefined;
}
