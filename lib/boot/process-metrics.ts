import 'server-only'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

type ProcessMetrics = { registry: Registry; events: Counter<'result'>; waiting: Gauge }

declare global {
  // Next may load this module more than once in a process, which still has one set of numbers.
  var farthingMetrics: ProcessMetrics | undefined
}

function metrics(): ProcessMetrics {
  globalThis.farthingMetrics ??= createMetrics()
  return globalThis.farthingMetrics
}

function createMetrics(): ProcessMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const events = new Counter({
    name: 'farthing_ingest_events_total',
    help: 'Events that were answered, by what became of them.',
    labelNames: ['result'],
    registers: [registry],
  })
  for (const result of ['accepted', 'duplicate', 'rejected'] as const) events.inc({ result }, 0)
  const waiting = new Gauge({
    name: 'farthing_ingest_waiting_events',
    help: 'Events that wait for a commit at this moment.',
    registers: [registry],
  })
  return { registry, events, waiting }
}

/** Notes what one call of ingest answered. */
export function countEvents(answered: { accepted: number; duplicates: number; rejected: number }): void {
  const { events } = metrics()
  events.inc({ result: 'accepted' }, answered.accepted)
  events.inc({ result: 'duplicate' }, answered.duplicates)
  events.inc({ result: 'rejected' }, answered.rejected)
}

/**
 * The numbers of this process in the text format of Prometheus: Node's own, and those of ingest. They name no tenant.
 * @param waitingEvents events that wait for a commit
 */
export async function writeMetrics(waitingEvents: number): Promise<{ contentType: string; text: string }> {
  const { registry, waiting } = metrics()
  waiting.set(waitingEvents)
  return { contentType: registry.contentType, text: await registry.metrics() }
}
