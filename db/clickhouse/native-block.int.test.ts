import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { closeClickHouse, insertBlock, queryRows, runCommand } from '@/db/clickhouse/client'
import type { NativeColumn } from '@/db/clickhouse/native-block'

const COLUMNS: readonly NativeColumn[] = [
  { name: 'place', type: 'UInt32' },
  { name: 'low', type: 'LowCardinality(String)' },
  { name: 'kind', type: 'LowCardinality(String)', missing: 'unspecified' },
  { name: 'at', type: "DateTime64(3, 'UTC')" },
  { name: 'version', type: 'UInt128' },
  { name: 'cost', type: 'Nullable(String)' },
  { name: 'is_set', type: 'Bool' },
  { name: 'small', type: 'UInt8' },
  { name: 'big', type: 'UInt64' },
  { name: 'signed', type: 'String', missing: '0' },
  { name: 'note', type: 'String' },
  { name: 'ratio', type: 'Nullable(Float64)' },
  { name: 'tags', type: 'Map(String, String)' },
]

const stored = z.object({
  place: z.number(),
  low: z.string(),
  kind: z.string(),
  at: z.string(),
  version: z.string(),
  cost: z.string().nullable(),
  is_set: z.boolean(),
  small: z.number(),
  big: z.string(),
  signed: z.string(),
  note: z.string(),
  ratio: z.number().nullable(),
  tags: z.record(z.string(), z.string()),
})

const EMPTY = {
  low: '',
  kind: 'unspecified',
  at: '1970-01-01 00:00:00.000',
  version: '0',
  cost: null,
  is_set: false,
  small: 0,
  big: '0',
  signed: '0',
  note: '',
  ratio: null,
  tags: {},
}

const integer = (min: bigint, max: bigint) => fc.bigInt({ min, max }).map(String)
const text = fc.string({ unit: 'grapheme', maxLength: 300 })

const row = fc.record(
  {
    low: text,
    kind: fc.constantFrom('unspecified', 'one', 'two'),
    at: fc
      .date({ min: new Date('1970-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString().replace('T', ' ').slice(0, 23)),
    version: integer(0n, 2n ** 128n - 1n),
    // The engine leaves trailing zeros out.
    cost: fc.option(integer(-(10n ** 19n), 10n ** 19n).map((digits) => `${digits}.000000000000000001`)),
    is_set: fc.boolean(),
    small: fc.nat({ max: 255 }),
    big: fc.oneof(integer(0n, 2n ** 64n - 1n), integer(0n, 100_000n)),
    signed: integer(-(2n ** 63n), 2n ** 63n - 1n),
    note: text,
    ratio: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0))),
    tags: fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      text,
      { maxKeys: 5 },
    ),
  },
  { requiredKeys: [] },
)

beforeAll(async () => {
  await runCommand(`CREATE TABLE native_rows (run UInt32 DEFAULT 0, place UInt32, low LowCardinality(String),
    kind Enum8('unspecified' = 0, 'one' = 1, 'two' = 2), at DateTime64(3, 'UTC'), version UInt128,
    cost Nullable(Decimal(38, 18)), is_set Bool, small UInt8, big UInt64, signed Int64, note String, ratio Nullable(Float64),
    tags Map(LowCardinality(String), String)) ENGINE = MergeTree ORDER BY place`)
})
afterAll(async () => {
  await runCommand('DROP TABLE native_rows')
  await closeClickHouse()
})

it('stores every value of every type as it is, and what is missing as the column says', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => {
      await runCommand('TRUNCATE TABLE native_rows')
      const sent = rows.map((each, place) => ({ ...each, place }))
      await insertBlock('native_rows', COLUMNS, sent)
      const found = await queryRows(stored, 'SELECT * EXCEPT run FROM native_rows ORDER BY place', { role: 'write' })
      expect(found).toEqual(sent.map((each) => ({ ...EMPTY, ...each, tags: { ...(each.tags ?? {}) } })))
    }),
    { numRuns: 40 },
  )
})

it('keeps long texts, and more texts than a byte can number', async () => {
  await runCommand('TRUNCATE TABLE native_rows')
  const sent = Array.from({ length: 700 }, (_, place) => ({
    ...EMPTY,
    place,
    low: `${'ä'.repeat(place % 90)}${place}`,
    note: `${'n'.repeat(place)}é`,
    tags: { a: 'b'.repeat(place) },
  }))
  await insertBlock('native_rows', COLUMNS, sent)
  expect(await queryRows(stored, 'SELECT * EXCEPT run FROM native_rows ORDER BY place', { role: 'write' })).toEqual(
    sent,
  )
})

it('refuses what a column cannot hold before anything is sent', async () => {
  await runCommand('TRUNCATE TABLE native_rows')
  const insert = (bad: Record<string, unknown>) =>
    insertBlock('native_rows', COLUMNS, [{ place: 1 }, { place: 2, ...bad }])
  for (const bad of [
    { big: '-1' },
    { big: '1.5' },
    { big: 'x' },
    { big: String(2n ** 64n) },
    { ratio: 'x' },
    { is_set: 'yes' },
    { low: {} },
    { big: 2 ** 60 },
    { tags: 'x' },
    { tags: { a: {} } },
    { place: 2 ** 32 },
    { version: '-1' },
    { version: 2n ** 128n },
  ]) {
    await expect(insert(bad), String(Object.values(bad)[0])).rejects.toThrow()
  }
  await expect(insert({ kind: 'three' })).rejects.toThrow()
  await expect(insert({ at: 'yesterday' })).rejects.toThrow()
  expect(await queryRows(z.object({ n: z.string() }), 'SELECT toString(count()) AS n FROM native_rows')).toEqual([
    { n: '0' },
  ])
})
