import { ENDPOINTS, FEATURES, MODELS, PROMPT_VERSIONS, TEAMS, USERS } from '@/bench/world'

/** A mixing of 32 bits: neighbours become unlike numbers. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/**
 * Event number `index` of a series, as a client sends it: two random ids, two tags, the skew of the generated attempts.
 * Equal arguments give equal events. Of every 100 events three repeat the one before them and two fall back.
 */
export function makeEvent(series: number, index: number, timestampMs: number): Record<string, unknown> {
  const place = index % 100
  const isSecond = place >= 90 && place % 2 === 1
  const falls = place >= 96
  const first = isSecond ? index - 1 : index
  const seed = mix(first + Math.imul(series, 0x9e3779b1))
  const draw = (salt: number): number => mix(seed + Math.imul(salt, 0x85ebca6b)) / 2 ** 32
  const hex = (salt: number): string =>
    mix(seed + Math.imul(salt, 0xc2b2ae35))
      .toString(16)
      .padStart(8, '0')
  const chosen = Math.floor(MODELS.length * draw(1) ** 1.7)
  const model = MODELS[(chosen + (isSecond && falls ? 13 : 0)) % MODELS.length]
  const endpoint = Math.floor(ENDPOINTS * draw(2) ** 1.6)
  const isFailed = place >= 90 ? !isSecond : draw(3) < 0.02
  return {
    externalRequestId: `${hex(10)}${hex(11)}${hex(12)}${first.toString(16).padStart(8, '0')}`,
    attemptId: `${hex(isSecond ? 14 : 13)}${index.toString(16).padStart(8, '0')}`,
    attempt: isSecond ? 2 : 1,
    provider: model?.provider,
    model: model?.model,
    endpointTag: `endpoint-${endpoint + 1}`,
    promptVersion: `prompt-${((Math.floor((endpoint * PROMPT_VERSIONS) / ENDPOINTS) + Math.floor(10 * draw(4))) % PROMPT_VERSIONS) + 1}`,
    userId: `u_${Math.floor((USERS + 1) ** draw(5))
      .toString(16)
      .padStart(16, '0')}`,
    inputTokens: 200 + Math.floor(4_000 * draw(6) ** 2),
    outputTokens: isFailed ? 0 : 20 + Math.floor(900 * draw(7) ** 2),
    latencyMs: 150 + Math.floor(5_000 * draw(8)),
    status: isFailed ? 'error' : 'success',
    environment: 'prod',
    dataMode: 'real',
    timestamp: timestampMs + (isSecond ? 2_000 : 0),
    tags: { team: `team-${endpoint % TEAMS}`, feature: `feature-${Math.floor(FEATURES * draw(9))}` },
  }
}
