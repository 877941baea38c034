import { expect, test } from 'vitest'
import { nameFile } from '@/lib/exports/name-file'
import { parseExport } from '@/lib/exports/parse-export'

const RANGE = { from: '2026-09-30T22:00:00Z', to: '2026-10-31T23:00:00Z' }
const workspace = { slug: 'acme', timeZone: 'Europe/Berlin' }

test.each([
  [{ measures: ['spend'], dimensions: ['time', 'endpoint'] }, 'farthing-acme-time-endpoint-2026-10-01-2026-11-01.csv'],
  [{ measures: ['spend'] }, 'farthing-acme-totals-2026-10-01-2026-11-01.csv'],
  [{ grain: 'attempts' }, 'farthing-acme-attempts-2026-10-01-2026-11-01.csv'],
  [{ measures: ['spend'], scenario: 12 }, 'farthing-acme-scenario-12-totals-2026-10-01-2026-11-01.csv'],
  [{ grain: 'attempts', scenario: 12 }, 'farthing-acme-scenario-12-attempts-2026-10-01-2026-11-01.csv'],
  [{ measures: ['spend'], timeZone: 'UTC' }, 'farthing-acme-totals-2026-09-30-2026-10-31.csv'],
  [
    { measures: ['spend'], dimensions: ['tag.a"\r\nSet-Cookie: é/../x'] },
    'farthing-acme-tag.a-Set-Cookie-..-x-2026-10-01-2026-11-01.csv',
  ],
])('%j', (question, name) => {
  expect(nameFile(parseExport({ ...RANGE, ...question }), workspace)).toBe(name)
})
