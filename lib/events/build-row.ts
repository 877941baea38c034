import type { AttemptRow } from '@/db/clickhouse/statements/attempts'
import { type AttemptClass, packFlags } from '@/lib/events/classify-request'
import type { Statement } from '@/lib/events/decide-batch'
import type { PreparedAttempt } from '@/lib/events/prepare-event'
import { priceAttempt } from '@/lib/events/price-attempt'
import { contentRestOf } from '@/lib/events/row-version'
import type { PriceIndex } from '@/lib/pricing/price-index'

/** The columns that say what an attempt is within its request. */
export function classColumns(attemptClass: AttemptClass) {
  return {
    request_attempts: attemptClass.requestAttempts,
    seq: attemptClass.seq,
    since_first_ms: attemptClass.sinceFirstMs,
    until_last_ms: attemptClass.untilLastMs,
    flags: packFlags(attemptClass),
  }
}

/** The row of `attempts` for one attempt, priced at its instant. */
export function buildRow(
  write: {
    attempt: PreparedAttempt
    tsMs: number
    statement: Statement
    attemptClass: AttemptClass
    version: bigint
  },
  priceIndex: PriceIndex,
): AttemptRow {
  const { attempt, tsMs, statement } = write
  const { event, normalised, usage } = attempt
  const region = event.region || normalised.region
  const price = priceAttempt(
    usage,
    {
      provider: normalised.provider,
      model: normalised.model,
      serviceTier: event.serviceTier,
      region: region || null,
      at: new Date(tsMs),
    },
    priceIndex,
  )
  // Without a prototype, so that a tag of any name is only a key.
  const tags: Record<string, string> = Object.create(null)
  for (const [key, value] of event.tags) tags[key] = value
  return {
    workspace_id: attempt.workspaceId,
    ts: tsMs,
    attempt_key: attempt.attemptKey,
    request_key: attempt.requestKey,
    data_mode: attempt.dataMode,
    environment: attempt.environment,
    external_request_id: attempt.externalRequestId,
    attempt_id: attempt.attemptId,
    attempt_number: attempt.attemptNumber ?? 0,
    raw_provider: event.provider,
    raw_model: event.model,
    provider: normalised.provider,
    model: normalised.model,
    model_version: normalised.modelVersion ?? '',
    endpoint: event.endpointTag,
    prompt_version: event.promptVersion,
    user_id: event.userId,
    api_key_id: attempt.apiKeyId,
    region: region ?? '',
    service_tier: event.serviceTier,
    status: event.status,
    error_code: event.errorCode,
    fallback_reason: event.fallbackReason,
    tags,
    usage_known: price.usageKnown,
    usage_knowledge: usage.knowledge,
    input_uncached: usage.classes.inputUncached,
    cache_read: usage.classes.cacheRead,
    cache_write_5m: usage.classes.cacheWrite5m,
    cache_write_1h: usage.classes.cacheWrite1h,
    output_text: usage.classes.output,
    reasoning: usage.classes.reasoning,
    audio_input: usage.classes.audioInput,
    audio_output: usage.classes.audioOutput,
    unsplit: usage.classes.unsplit,
    tool_requests: usage.classes.toolRequests,
    latency_ms: event.latencyMs,
    time_to_first_token_ms: event.timeToFirstTokenMs,
    outcome: statement.outcome ?? '',
    quality_score: statement.qualityScore,
    model_known: price.modelKnown,
    reported_cost: event.costUsd,
    priced_cost: price.pricedCostUsd,
    price_id: price.priceId,
    unpriced_reason: price.unpricedReason,
    ...classColumns(write.attemptClass),
    revision: attempt.revision,
    content_rest: contentRestOf(attempt.contentHash),
    version: write.version,
    is_deleted: 0,
  }
}
