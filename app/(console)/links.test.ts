import { hashKey } from '@tanstack/react-query'
import { expect, it } from 'vitest'
import { csvHref, filteredHref, pageHref } from '@/app/(console)/links'
import { answerKey, requestsKey } from '@/app/(console)/questions'
import { rankingQuestions } from '@/app/(console)/w/[workspace]/ranking-questions'
import { requestsQuestions } from '@/app/(console)/w/[workspace]/requests/questions'
import { parseViewState } from '@/lib/metrics/url-state'

const NOW = new Date('2026-11-15T12:00:00Z')
const CALENDAR = { timeZone: 'UTC', fiscalYearStartMonth: 1 }
const under = (scenario: string) => parseViewState({ scenario, range: '7d' })
const actual = parseViewState({ range: '7d' })

it('links keep the scenario, but not to pages that are not shown under one', () => {
  expect(pageHref('acme', 'users', under('3'))).toBe('/w/acme/users?range=7d&scenario=3')
  expect(pageHref('acme', 'health', under('3'))).toBe('/w/acme/health?range=7d')
  expect(filteredHref('acme', 'requests', under('3'), ['endpoint', 'a'])).toBe(
    '/w/acme/requests?range=7d&f=endpoint%3Ain%3Aa&scenario=3',
  )
})

it('answers under a scenario have keys and downloads of their own', () => {
  const views = [actual, under('3'), under('4')]
  const tables = views.map((view) => rankingQuestions('endpoints', view, NOW, CALENDAR).table)
  expect(new Set(tables.map((table) => hashKey(answerKey('acme', table)))).size).toBe(3)
  expect(
    tables.map((table) => JSON.parse(new URL(csvHref('acme', table), 'http://x').searchParams.get('q') ?? '')),
  ).toEqual(tables.map((table) => expect.objectContaining('scenario' in table ? { scenario: table.scenario } : {})))
  const lists = views.map((view) => requestsQuestions(view, NOW, CALENDAR).list)
  expect(new Set(lists.map((list) => hashKey(requestsKey('acme', list, { sort: 'newest', id: '' })))).size).toBe(3)
})
