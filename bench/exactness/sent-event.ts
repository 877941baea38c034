export type Status = 'success' | 'error' | 'timeout' | 'rate_limited' | 'canceled'

/** An event as it is sent; what is absent is not sent. */
export type SentEvent = {
  externalRequestId: string
  provider: string
  model: string
  endpointTag?: string
  promptVersion?: string
  userId?: string
  inputTokens?: number
  outputTokens?: number
  totalTokens?: number
  cacheReadTokens?: number
  cacheWriteTokens?: number
  cacheWrite1hTokens?: number
  reasoningTokens?: number
  audioInputTokens?: number
  audioOutputTokens?: number
  toolRequests?: number
  costUsd?: string | number
  serviceTier?: 'standard' | 'batch' | 'flex' | 'priority'
  region?: string
  latencyMs?: number
  timeToFirstTokenMs?: number
  status?: Status
  errorCode?: string
  attempt?: number
  attemptId?: string
  revision?: number
  dataMode?: 'real' | 'test' | 'demo'
  environment?: 'prod' | 'staging' | 'dev'
  timestamp?: number | string
  tags?: Record<string, string>
}

export type WorkspaceName = 'kauri' | 'everest'
export type KeyName = 'sdk' | 'edge'

/** One event on its way to a workspace under one of its keys. */
export type Delivery = { workspace: WorkspaceName; key: KeyName; event: SentEvent }

export type Workspace = {
  slug: WorkspaceName
  timeZone: string
  fiscalYearStartMonth: number
  costPreference: 'reported' | 'book'
}

/** Of one organisation, with the same request ids in both; a zone with clock changes and one with minutes in its offset. */
export const WORKSPACES: readonly [Workspace, Workspace] = [
  { slug: 'kauri', timeZone: 'Pacific/Auckland', fiscalYearStartMonth: 4, costPreference: 'reported' },
  { slug: 'everest', timeZone: 'Asia/Kathmandu', fiscalYearStartMonth: 7, costPreference: 'book' },
]

/** What a key says of events that name no environment or data mode. */
export const KEY_DEFAULTS: Record<KeyName, { environment: string; dataMode: string }> = {
  sdk: { environment: 'unspecified', dataMode: 'unspecified' },
  edge: { environment: 'prod', dataMode: 'real' },
}
