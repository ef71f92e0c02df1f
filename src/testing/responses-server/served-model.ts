import type { ComputerTool } from '../../model/model-client.ts';

/** What one model (or deployment) of the server takes and gives. */
export interface ServedModel {
  readonly tool: ComputerTool;
  /** Whether `detail` is taken on a screenshot that answers a call. */
  readonly takesDetail: boolean;
  /** Whether this account may have reasoning summaries. */
  readonly givesSummaries: boolean;
  /** Tokens that a request and what it goes on from may have together. Default: any number. */
  readonly contextTokens?: number;
}

export const DEFAULT_MODELS: Readonly<Record<string, ServedModel>> = {
  'gpt-5.4': { tool: 'computer', takesDetail: true, givesSummaries: true, contextTokens: 1_050_000 },
  'computer-use-preview': { tool: 'computer_use_preview', takesDetail: false, givesSummaries: true },
};
