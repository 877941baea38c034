import { checkReadiness } from '@/lib/boot/readiness'

export const dynamic = 'force-dynamic'

/** 200 when both stores answer and have this version's schema and the boot is over; else 503, naming what is not ready. */
export async function GET(): Promise<Response> {
  const { ready, checks } = await checkReadiness()
  return Response.json(
    { status: ready ? 'ready' : 'not_ready', checks },
    { status: ready ? 200 : 503, headers: { 'Cache-Control': 'no-store', ...(ready ? {} : { 'Retry-After': '2' }) } },
  )
}
