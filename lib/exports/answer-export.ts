import 'server-only'
import { writeCsv } from '@/lib/exports/csv'
import { exportAttempts } from '@/lib/exports/export-attempts'
import { exportRows } from '@/lib/exports/export-rows'
import { nameFile } from '@/lib/exports/name-file'
import type { ExportRequest } from '@/lib/exports/parse-export'
import type { Scope } from '@/lib/metrics/plan'

/**
 * The CSV of an export as a streamed download. What fails before the first chunk is thrown; what fails later breaks the
 * connection, so that a file is never silently short. When the reader leaves, the store's query ends.
 * @throws AppError as `runQuery`.
 */
export async function answerExport(
  request: ExportRequest,
  scope: Scope,
  now: Date,
  signal: AbortSignal,
): Promise<Response> {
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const { columns, records } =
    request.grain === 'attempts'
      ? await exportAttempts(request.query, scope, now, either)
      : await exportRows(request.query, scope, now, { totals: request.totals, signal: either })
  const chunks = writeCsv(columns, records, { bom: request.bom })
  const encoder = new TextEncoder()
  let next: Promise<IteratorResult<string, void>> | null = chunks.next()
  await next

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await (next ?? chunks.next())
        next = null
        if (either.aborted) {
          await chunks.return()
          throw either.reason
        }
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      async cancel() {
        stop.abort()
        await chunks.return()
      },
    },
    { highWaterMark: 1 },
  )
  const file = nameFile(request, scope.workspaces[0])
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${file}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  })
}
