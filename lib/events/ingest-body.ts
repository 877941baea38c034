import 'server-only'
import type { AuthenticatedKey } from '@/lib/auth/api-key'
import { type IngestResult, ingestEvents } from '@/lib/events/ingest'
import type { ParsedBody } from '@/lib/events/parse-events'

/** Ingests the events of a body under the rights and defaults of a key; lines that are not JSON are rejected in place. */
export async function ingestBody(
  body: ParsedBody,
  key: AuthenticatedKey,
  receivedAt: Date,
  bytes: number,
): Promise<IngestResult> {
  const events: unknown[] = []
  const positions: number[] = []
  const lines: (number | null)[] = []
  const unreadable: IngestResult['rejected'] = []
  for (const [index, item] of body.items.entries()) {
    if (!item.ok) {
      const message = `Line ${item.line}: ${item.message}`
      unreadable.push({ index, code: 'invalid_json', message, line: item.line })
      continue
    }
    events.push(item.value)
    positions.push(index)
    lines.push(item.line ?? null)
  }
  const result = await ingestEvents({
    workspace: key.workspace,
    apiKeyId: key.keyId,
    defaults: { environment: key.fixedEnvironment, dataMode: key.fixedDataMode },
    events,
    receivedAt,
    mode: 'http',
    bytes,
  })
  const rejected = result.rejected.map((rejection) => {
    const index = positions[rejection.index] ?? rejection.index
    const line = lines[rejection.index]
    if (line === null || line === undefined) return { ...rejection, index }
    return { ...rejection, index, line, message: `Line ${line}: ${rejection.message}` }
  })
  return {
    ...result,
    rejected: [...rejected, ...unreadable].sort((a, b) => a.index - b.index),
    warnings: result.warnings.map((warning) => ({ ...warning, index: positions[warning.index] ?? warning.index })),
  }
}
