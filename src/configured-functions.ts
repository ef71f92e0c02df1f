import { createAskUserFunction } from './agent/functions/ask-user-function.ts';
import { askAtTerminal, type TerminalStreams } from './agent/functions/ask-at-terminal.ts';
import type { FunctionTool } from './agent/functions/function-tool.ts';
import { createShellFunction } from './agent/functions/shell-function.ts';
import type { Config } from './config/config.ts';

/** The functions that the configuration switches on; without a terminal nobody can be asked. */
export function createFunctions(
  { functions }: Pick<Config, 'functions'>,
  terminal?: TerminalStreams,
): readonly FunctionTool[] {
  return functions.map((name) => {
    switch (name) {
      case 'shell':
        return createShellFunction();
      case 'ask_user':
        return createAskUserFunction({ ask: terminal === undefined ? undefined : askAtTerminal(terminal) });
    }
  });
}
