/** An answer other than 200, with a body as the API documents or sends it. */
export class ApiFault extends Error {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`${status} ${JSON.stringify(body)}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export interface FaultFields {
  readonly status?: number;
  readonly param?: string | null;
  readonly code?: string | null;
}

/** `{error: {message, type, param, code}}` with status 400 unless told otherwise. */
export function invalidRequest(message: string, fields: FaultFields = {}): ApiFault {
  const { status = 400, param = null, code = null } = fields;
  return new ApiFault(status, { error: { message, type: 'invalid_request_error', param, code } });
}

/** The short form of Azure's gateway: no type, no param. */
export function azureFault(status: number, code: string, message: string): ApiFault {
  return new ApiFault(status, { error: { code, message } });
}

export function unknownParameter(param: string): ApiFault {
  return invalidRequest(`Unknown parameter: '${param}'.`, { param, code: 'unknown_parameter' });
}

export function missingParameter(param: string): ApiFault {
  return invalidRequest(`Missing required parameter: '${param}'.`, {
    param,
    code: 'missing_required_parameter',
  });
}

export function invalidValue(param: string, value: unknown, supported: readonly unknown[]): ApiFault {
  const list = supported.map((one) => `'${String(one)}'`).join(', ');
  return invalidRequest(`Invalid value: '${String(value)}'. Supported values are: ${list}.`, {
    param,
    code: 'invalid_value',
  });
}
