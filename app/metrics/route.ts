import { writeMetrics } from '@/lib/boot/process-metrics'
import { countWaitingEvents } from '@/lib/events/ingest'

/** Numbers of this process for Prometheus; they name no workspace. */
export async function GET(): Promise<Response> {
  const { contentType, text } = await writeMetrics(countWaitingEvents())
  return new Response(text, { headers: { 'Content-Type': contentType, 'Cache-Control': 'no-store' } })
}

export const dynamic = 'force-dynamic'
