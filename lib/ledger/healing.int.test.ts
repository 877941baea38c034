import { afterAll, expect, it } from 'vitest'
import { closePostgres } from '@/db/postgres/client'
import { takeLease } from '@/db/postgres/queries/leases'
import { startHealing } from '@/lib/ledger/healing'

afterAll(closePostgres)

it('is left to one process while a pass of it takes longer than the lease, and taken over when it ends', async () => {
  let [passes, end] = [0, () => {}]
  const stop = startHealing({
    isDue: async () => true,
    leave: () => {},
    heal: () => {
      passes += 1
      return new Promise<number>((resolve) => {
        end = () => resolve(0)
      })
    },
  })
  const takeOver = () => takeLease('healer', 'another process', 1)
  await expect.poll(() => passes, { timeout: 5_000 }).toBe(1)
  const beganMs = performance.now()
  while (performance.now() - beganMs < 3_000) expect(await takeOver()).toBe(false)
  stop()
  end()
  await expect.poll(takeOver, { timeout: 5_000 }).toBe(true)
  expect(passes).toBe(1)
})
