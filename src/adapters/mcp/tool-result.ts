import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Screenshot } from '../../action/screenshot.ts';
import type { DeskhandError } from '../../errors.ts';

/** Text, and the screen where there is one. */
export function toResult(text: string, screenshot?: Screenshot): CallToolResult {
  return { content: [{ type: 'text', text }, ...toImages(screenshot)] };
}

/** A tool error that a model can act on: what happened, what to do, the code; and the screen as it is. */
export function toErrorResult(
  { message, hint, code }: DeskhandError,
  screenshot?: Screenshot,
): CallToolResult {
  const lines = [message, ...(hint === undefined ? [] : [`Hint: ${hint}`]), `(${code})`];
  return {
    isError: true,
    content: [{ type: 'text', text: lines.join('\n') }, ...toImages(screenshot)],
    structuredContent: { code, message, ...(hint !== undefined && { hint }) },
  };
}

function toImages(screenshot: Screenshot | undefined): CallToolResult['content'] {
  if (screenshot === undefined) return [];
  const { buffer, byteOffset, byteLength } = screenshot.png;
  const data = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  return [{ type: 'image', data, mimeType: 'image/png' }];
}
