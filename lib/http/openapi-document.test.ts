import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { validateEvent } from '@/lib/events/validate-event'
import { buildOpenApiDocument } from '@/lib/http/openapi-document'
import { querySchema } from '@/lib/metrics/query-schema'
import { MEASURE_NAMES } from '@/lib/metrics/registry'

const document = z
  .object({
    openapi: z.literal('3.1.0'),
    paths: z.record(z.string(), z.unknown()),
    components: z.object({
      schemas: z.record(z.string(), z.looseObject({ properties: z.record(z.string(), z.unknown()) })),
    }),
  })
  .parse(buildOpenApiDocument())

const propertiesOf = (name: string) => document.components.schemas[name]?.properties ?? {}

test('describes the routes that exist', () => {
  for (const path of Object.keys(document.paths)) {
    expect(existsSync(join(process.cwd(), 'app', path.replace(/\{(\w+)\}/g, '[$1]'), 'route.ts')), path).toBe(true)
  }
})

test('every reference leads somewhere', () => {
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)
  for (const [, name] of references) expect(document.components.schemas).toHaveProperty(name ?? '')
})

test('names what a question may have, measures from the registry', () => {
  expect(Object.keys(propertiesOf('Query')).sort()).toEqual(Object.keys(querySchema.shape).sort())
  expect(propertiesOf('Query').measures).toMatchObject({ items: { enum: MEASURE_NAMES } })
  expect(Object.keys(propertiesOf('Export'))).toEqual(expect.arrayContaining(['grain', 'totals', 'bom', 'measures']))
})

test('names every field of an event that is known', () => {
  const names = Object.keys(propertiesOf('Event'))
  const sent = { externalRequestId: 'x', provider: 'p', model: 'm' }
  const limits = { receivedAtMs: 0, maxAgeDays: null }
  const checked = validateEvent({ ...Object.fromEntries(names.map((name) => [name, null])), ...sent }, limits)
  expect(checked).toMatchObject({ ok: true, event: { unknownFields: [] } })
})
