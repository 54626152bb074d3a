import type { JsonValue } from '../../kernel/json.ts';
import type { ChatTool } from '../../protocol/chat-request.ts';

/**
 * Features that must be switched on by the `anthropic-beta` header: https://docs.anthropic.com/en/api/beta-headers
 * Strict tools, structured output, effort, both cache lifetimes, PDFs and system messages within the conversation need
 * none. Only requests of this dialect have the features below.
 */
const OF_TOOLS: ReadonlyMap<string, string> = new Map([
  ['computer_20241022', 'computer-use-2024-10-22'],
  ['computer_20250124', 'computer-use-2025-01-24'],
  ['computer_20251124', 'computer-use-2025-11-24'],
  ['mcp_toolset', 'mcp-client-2025-11-20'],
  ['advisor_20260301', 'advisor-tool-2026-03-01'],
]);
const OF_FIELDS: ReadonlyMap<string, string> = new Map([
  ['context_management', 'context-management-2025-06-27'],
  ['mcp_servers', 'mcp-client-2025-11-20'],
  ['speed', 'fast-mode-2026-02-01'],
  ['thread', 'message-threads-2026-08-12'],
]);

/** The header that a request needs, or none. */
export function betaHeaders(
  tools: readonly ChatTool[],
  extra: Readonly<Record<string, JsonValue | undefined>>,
): Readonly<Record<string, string>> {
  const betas = new Set<string>();
  for (const tool of tools) {
    const beta = tool.kind === 'foreign' ? OF_TOOLS.get(tool.type) : undefined;
    if (beta !== undefined) betas.add(beta);
  }
  for (const [field, beta] of OF_FIELDS) if (extra[field] !== undefined) betas.add(beta);
  return betas.size === 0 ? {} : { 'anthropic-beta': [...betas].toSorted().join(',') };
}
