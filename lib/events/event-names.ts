export const ENVIRONMENTS = ['unspecified', 'prod', 'staging', 'dev'] as const
export const DATA_MODES = ['unspecified', 'real', 'demo', 'test'] as const
export const STATUSES = ['unspecified', 'success', 'error', 'timeout', 'rate_limited', 'canceled'] as const
export const SERVICE_TIERS = ['standard', 'batch', 'flex', 'priority'] as const

export type Environment = (typeof ENVIRONMENTS)[number]
export type DataMode = (typeof DATA_MODES)[number]
export type AttemptStatus = (typeof STATUSES)[number]
export type ServiceTier = (typeof SERVICE_TIERS)[number]
