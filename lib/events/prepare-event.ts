import type { SentAttempt } from '@/lib/events/decide-batch'
import type { DataMode, Environment } from '@/lib/events/event-names'
import {
  contentHashOf,
  digestContent,
  hashContext,
  type IdentityKind,
  keyOfAttempt,
  keyOfRequest,
} from '@/lib/events/identify-attempt'
import { type SplitUsage, splitUsage } from '@/lib/events/split-usage'
import type { ValidEvent } from '@/lib/events/validate-event'
import { type NormalisedModel, normaliseModel } from '@/lib/pricing/normalise-model'

export type EventSource = {
  workspaceId: number
  apiKeyId: number
  defaults: { environment: Environment | null; dataMode: DataMode | null }
  receivedAtMs: number
}

/** A valid event with its identity, in the catalogue's names and the ledger's classes. */
export type PreparedAttempt = SentAttempt & {
  event: ValidEvent
  apiKeyId: number
  dataMode: DataMode
  environment: Environment
  normalised: NormalisedModel
  usage: SplitUsage
}

function identityOf(event: ValidEvent, contentDigest: string): { kind: IdentityKind; value: string | number } {
  if (event.attemptId !== '') return { kind: 'attemptId', value: event.attemptId }
  if (event.attempt !== null) return { kind: 'attempt', value: event.attempt }
  return { kind: 'content', value: contentDigest }
}

/** Identifies and normalises a valid event. `sent` is the event as it came, which its content hash is taken of. */
export function prepareEvent(sent: Record<string, unknown>, event: ValidEvent, source: EventSource): PreparedAttempt {
  const environment = event.environment ?? source.defaults.environment ?? 'unspecified'
  const dataMode = event.dataMode ?? source.defaults.dataMode ?? 'unspecified'
  const scope = {
    workspaceId: source.workspaceId,
    dataMode,
    environment,
    externalRequestId: event.externalRequestId,
  }
  const contentDigest = digestContent(sent)
  const identity = identityOf(event, contentDigest)
  const normalised = normaliseModel(event.provider, event.model)
  return {
    workspaceId: source.workspaceId,
    requestKey: keyOfRequest(scope),
    attemptKey: keyOfAttempt(scope, identity.kind, identity.value),
    externalRequestId: event.externalRequestId,
    attemptId: event.attemptId,
    attemptNumber: event.attempt,
    tsMs: event.timestampMs ?? source.receivedAtMs,
    hasTimestamp: event.timestampMs !== null,
    provider: normalised.provider,
    model: normalised.model,
    status: event.status,
    contextHash: hashContext({
      endpoint: event.endpointTag,
      promptVersion: event.promptVersion,
      userId: event.userId,
      apiKeyId: source.apiKeyId,
      tags: event.tags,
    }),
    revision: event.revision,
    receivedAtMs: source.receivedAtMs,
    contentHash: contentHashOf(contentDigest),
    statement: { outcome: event.outcome === '' ? null : event.outcome, qualityScore: event.qualityScore },
    event,
    apiKeyId: source.apiKeyId,
    dataMode,
    environment,
    normalised,
    usage: splitUsage(event.usage),
  }
}
