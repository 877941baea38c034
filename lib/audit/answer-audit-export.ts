import 'server-only'
import { parseAuditSearch } from '@/lib/audit/audit-search'
import { exportAudit } from '@/lib/audit/export-audit'
import type { Person } from '@/lib/auth/person'

/**
 * The audit log of a workspace, or with `slug` null of the organisation, as a streamed download; the URL says what is
 * looked for, as on the page.
 * @throws AppError as `exportAudit`.
 */
export async function answerAuditExport(person: Person, slug: string | null, url: string): Promise<Response> {
  const search = parseAuditSearch(Object.fromEntries(new URL(url).searchParams))
  const { name, chunks } = await exportAudit(person, slug, search)
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      async cancel() {
        await chunks.return()
      },
    },
    { highWaterMark: 1 },
  )
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  })
}
