/** What was measured on one machine. */
export type Measured = {
  attempts: number
  /** Bytes on disk of the ledger's tables (attempts, keys, rollups …), all of them. */
  ledgerBytes: number
  /** Attempts a second that one engine stores in batches. */
  storedPerSecond: number
  /** Events a second that one app process takes over HTTP in batches, engine on the same cores. */
  ingestedPerSecond: number
  cores: number
  /** Time of the slowest of the six questions over 30 days, in the largest workspace. */
  slowestQuestionMs: number
  /** How many times longer it is than in a store of a tenth of the attempts. */
  growthFactor: number
}

/** What is asked of the cluster. */
export type Demand = {
  attemptsPerMonth: number
  /** Busiest second ÷ average second. */
  peakFactor: number
  retentionMonths: number
  replicas: number
  /** Bytes of disk that one machine should hold. */
  diskBytes: number
  /** Share of the disk that may be full: merges need room. */
  diskFill: number
}

export type Projection = {
  averagePerSecond: number
  peakPerSecond: number
  bytesPerAttempt: number
  bytesPerMonth: number
  /** One copy of everything that is retained. */
  retainedBytes: number
  shardsForDisk: number
  shardsForInserts: number
  shards: number
  machines: number
  appProcesses: number
  attemptsPerShard: number
}

const DAYS_PER_MONTH = 30

/**
 * How many machines like the measured one a demand takes. Inserts and app processes are sized for the peak, at half of what
 * was measured, since merges and readers want the other half; shards are what the larger of disk and inserts asks for.
 */
export function projectCluster(measured: Measured, demand: Demand): Projection {
  const averagePerSecond = demand.attemptsPerMonth / (DAYS_PER_MONTH * 86_400)
  const peakPerSecond = averagePerSecond * demand.peakFactor
  const bytesPerAttempt = measured.ledgerBytes / measured.attempts
  const bytesPerMonth = bytesPerAttempt * demand.attemptsPerMonth
  const retainedBytes = bytesPerMonth * demand.retentionMonths
  const shardsForDisk = Math.ceil(retainedBytes / (demand.diskBytes * demand.diskFill))
  const shardsForInserts = Math.ceil(peakPerSecond / (measured.storedPerSecond / 2))
  const shards = Math.max(shardsForDisk, shardsForInserts)
  return {
    averagePerSecond,
    peakPerSecond,
    bytesPerAttempt,
    bytesPerMonth,
    retainedBytes,
    shardsForDisk,
    shardsForInserts,
    shards,
    machines: shards * demand.replicas,
    appProcesses: Math.ceil(peakPerSecond / (measured.ingestedPerSecond / 2)),
    attemptsPerShard: (demand.attemptsPerMonth * demand.retentionMonths) / shards,
  }
}
