import type { ComputerTool } from '../../model/model-client.ts';

/** What one model (or deployment) of the server takes and gives. */
export interface ServedModel {
  readonly tool: ComputerTool;
  /** Whether `detail` is taken on a screenshot that answers a call. */
  readonly takesDetail: boolean;
  /** Whether this account may have reasoning summaries. */
  readonly givesSummaries: boolean;
}

export const DEFAULT_MODELS: Readonly<Record<string, ServedModel>> = {
  'gpt-5.4': { tool: 'computer', takesDetail: true, givesSummaries: true },
  'computer-use-preview': { tool: 'computer_use_preview', takesDetail: false, givesSummaries: true },
};
