import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Demand, type Measured, projectCluster } from '@/bench/project-cluster'

const measured: Measured = {
  attempts: 20_000_000,
  ledgerBytes: 2_000_000_000,
  storedPerSecond: 60_000,
  ingestedPerSecond: 4_000,
  cores: 2,
  slowestQuestionMs: 15,
  growthFactor: 1.5,
}

const demand: Demand = {
  attemptsPerMonth: 10_000_000_000,
  peakFactor: 4,
  retentionMonths: 13,
  replicas: 2,
  diskBytes: 4e12,
  diskFill: 0.6,
}

describe('projectCluster', () => {
  it('multiplies bytes by retention and divides by what machines hold and store', () => {
    const projection = projectCluster(measured, demand)
    expect(Math.round(projection.averagePerSecond)).toBe(3_858)
    expect(Math.round(projection.peakPerSecond)).toBe(15_432)
    expect(projection).toMatchObject({
      bytesPerAttempt: 100,
      bytesPerMonth: 1e12,
      retainedBytes: 13e12,
      shardsForDisk: 6,
      shardsForInserts: 1,
      shards: 6,
      machines: 12,
      appProcesses: 8,
    })
  })

  it('lets inserts decide where they ask for more than the disk', () => {
    const projection = projectCluster({ ...measured, storedPerSecond: 3_000 }, { ...demand, retentionMonths: 1 })
    expect([projection.shardsForDisk, projection.shardsForInserts, projection.shards]).toEqual([1, 11, 11])
  })

  it('always holds what is asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1e6, max: 1e11 }),
        (retentionMonths, attemptsPerMonth) => {
          const projection = projectCluster(measured, { ...demand, retentionMonths, attemptsPerMonth })
          expect(projection.shards * demand.diskBytes * demand.diskFill).toBeGreaterThanOrEqual(
            projection.retainedBytes,
          )
          expect(projection.shards * (measured.storedPerSecond / 2)).toBeGreaterThanOrEqual(projection.peakPerSecond)
        },
      ),
    )
  })
})
