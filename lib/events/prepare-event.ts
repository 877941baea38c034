import type { LateStatement, SentAttempt } from '@/lib/events/decide-batch'
import type { DataMode, Environment } from '@/lib/events/event-names'
import {
  contentHashOf,
  contextOf,
  digestContent,
  type IdentityKind,
  keyOfAttempt,
  keyOfRequest,
} from '@/lib/events/identify-attempt'
import { type SplitUsage, splitUsage } from '@/lib/events/split-usage'
import type { LateOutcome, ValidEvent } from '@/lib/events/validate-event'
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

function scopeOf(event: Pick<ValidEvent, 'environment' | 'dataMode' | 'externalRequestId'>, source: EventSource) {
  return {
    workspaceId: source.workspaceId,
    dataMode: event.dataMode ?? source.defaults.dataMode ?? 'unspecified',
    environment: event.environment ?? source.defaults.environment ?? 'unspecified',
    externalRequestId: event.externalRequestId,
  }
}

/** Identifies what a late outcome is about. */
export function prepareLateOutcome(late: LateOutcome, source: EventSource): LateStatement {
  const scope = scopeOf(late, source)
  const { attemptId, attempt: attemptNumber } = late
  const about =
    attemptId !== ''
      ? { attemptKey: keyOfAttempt(scope, 'attemptId', attemptId), attemptNumber: null }
      : attemptNumber !== null
        ? { attemptKey: keyOfAttempt(scope, 'attempt', attemptNumber), attemptNumber }
        : null
  return {
    workspaceId: source.workspaceId,
    requestKey: keyOfRequest(scope),
    externalRequestId: late.externalRequestId,
    about,
    statement: { outcome: late.outcome === '' ? null : late.outcome, qualityScore: late.qualityScore },
  }
}

function identityOf(event: ValidEvent, contentDigest: string): { kind: IdentityKind; value: string | number } {
  if (event.attemptId !== '') return { kind: 'attemptId', value: event.attemptId }
  if (event.attempt !== null) return { kind: 'attempt', value: event.attempt }
  return { kind: 'content', value: contentDigest }
}

/** Identifies and normalises a valid event. `sent` is the event as it came, which its content hash is taken of. */
export function prepareEvent(sent: Record<string, unknown>, event: ValidEvent, source: EventSource): PreparedAttempt {
  const scope = scopeOf(event, source)
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
    context: contextOf({
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
    dataMode: scope.dataMode,
    environment: scope.environment,
    normalised,
    usage: splitUsage(event.usage),
  }
}
