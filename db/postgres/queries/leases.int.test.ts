import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { postgres } from '@/db/postgres/client'
import { releaseLease, renewLease, takeLease } from '@/db/postgres/queries/leases'
import { leases } from '@/db/postgres/schema'

const expire = (name: string) =>
  postgres()
    .update(leases)
    .set({ expiresAt: new Date(0) })
    .where(eq(leases.name, name))

it('gives a lease to one of many', async () => {
  const name = randomUUID()
  const answers = await Promise.all(Array.from({ length: 8 }, (_, at) => takeLease(name, `holder-${at}`, 60_000)))
  expect(answers.filter((taken) => taken)).toHaveLength(1)
  const winner = `holder-${answers.indexOf(true)}`
  expect(await takeLease(name, winner, 60_000)).toBe(true)
  expect(await renewLease(name, winner, 60_000)).toBe(true)
  expect(await renewLease(name, 'another', 60_000)).toBe(false)
})

it('passes on when it is released or expired, and not before', async () => {
  const name = randomUUID()
  expect(await takeLease(name, 'a', 60_000)).toBe(true)
  await releaseLease(name, 'b')
  expect(await takeLease(name, 'b', 60_000)).toBe(false)
  await releaseLease(name, 'a')
  expect(await takeLease(name, 'b', 60_000)).toBe(true)
  await expire(name)
  expect(await renewLease(name, 'b', 60_000)).toBe(false)
  expect(await takeLease(name, 'a', 60_000)).toBe(true)
  expect(await renewLease(name, 'b', 60_000)).toBe(false)
})
