/** A function as the model is told of it: it is offered beside the computer tool. */
export interface FunctionDeclaration {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Whether the model's server holds the model to the schema. */
  readonly strict: boolean;
}

/** A call of such a function, its arguments read. */
export interface FunctionCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

const MAX_ARGUMENTS = 160;

/** The whole call, as whoever decides about it has to see it: `shell {"command":"ls"}`. */
export function showFunctionCall({ name, arguments: given }: FunctionCall): string {
  return `${name} ${JSON.stringify(given)}`;
}

/** The same in one line that is not endless. */
export function describeFunctionCall(call: FunctionCall): string {
  const shown = [...showFunctionCall(call)];
  const most = call.name.length + 1 + MAX_ARGUMENTS;
  return shown.length > most ? `${shown.slice(0, most).join('')}…` : shown.join('');
}
