import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classify, inOrder, type ReferenceAttempt } from '@/bench/exactness/reference-classes'
import { classifyRequest } from '@/lib/events/classify-request'
import { STATUSES } from '@/lib/events/event-names'

const DEPLOYMENTS = [
  { provider: 'openai', model: 'gpt-4o' },
  { provider: 'azure', model: 'gpt-4o' },
  { provider: 'openai', model: 'gpt-4o-mini' },
  { provider: 'anthropic', model: 'claude-sonnet-4-5' },
]

/** Attempts of one request: numbered all, in part or not at all; at instants of which some are the same. */
const request = fc
  .tuple(
    fc.constantFrom('all', 'some', 'none'),
    fc.array(
      fc.record({
        deployment: fc.constantFrom(...DEPLOYMENTS),
        status: fc.constantFrom(...STATUSES),
        number: fc.integer({ min: 1, max: 9 }),
        isNumbered: fc.boolean(),
        atMs: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 40 * 86_400_000 })),
      }),
      { minLength: 1, maxLength: 7 },
    ),
  )
  .map(([numbering, attempts]) =>
    attempts.map(({ deployment, status, number, isNumbered, atMs }, index) => {
      const hasNumber = numbering === 'all' || (numbering === 'some' && isNumbered)
      // Keys of equal length, so that the order of texts is the order of numbers.
      return { identity: String(1_000 + index), ...deployment, status, atMs, number: hasNumber ? number : null }
    }),
  )

function classesByLibrary(attempts: readonly (ReferenceAttempt & { status: (typeof STATUSES)[number] })[]) {
  return classifyRequest(
    attempts.map(({ identity, atMs, number, provider, model, status }) => ({
      attemptKey: identity,
      tsMs: atMs,
      attemptNumber: number,
      provider,
      model,
      status,
      context: 'a',
    })),
  )
}

describe('classification against a plain reference', () => {
  it('agrees on every attempt of any request, in any order of arrival', () => {
    fc.assert(
      fc.property(
        request.chain((attempts) =>
          fc.tuple(
            fc.constant(attempts),
            fc.shuffledSubarray(attempts, { minLength: attempts.length, maxLength: attempts.length }),
          ),
        ),
        ([attempts, arrived]) => {
          // Equal numbers are told apart by time in both; equal times by identity.
          const ordered = inOrder(attempts)
          const wanted = classify(ordered)
          const classes = classesByLibrary(arrived)
          expect(classes.size).toBe(attempts.length)
          for (const [index, attempt] of ordered.entries()) {
            const got = classes.get(attempt.identity)
            const want = wanted[index]
            expect(got && want && { ...want, seq: index + 1 }).toEqual(
              got && {
                isLast: got.isLast,
                isRetry: got.isRetry,
                isFallback: got.isFallback,
                waste: got.wasteKind,
                outcome: got.requestOutcome,
                hasFallback: got.requestFallback,
                nextOtherProvider: got.nextProviderDiffers,
                nextOtherModel: got.nextModelDiffers,
                nextOtherDeployment: got.nextIsFallback,
                seq: got.seq,
              },
            )
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('counts a request once from the angle of its provider, its model and the two', () => {
    fc.assert(
      fc.property(request, (attempts) => {
        const ordered = inOrder(attempts)
        const classes = classesByLibrary(attempts)
        const wanted = classify(ordered)
        const angles = [
          ['provider', (each: ReferenceAttempt) => each.provider],
          ['model', (each: ReferenceAttempt) => each.model],
          ['deployment', (each: ReferenceAttempt) => `${each.provider} ${each.model}`],
        ] as const
        for (const [angle, groupOf] of angles) {
          for (const group of new Set(ordered.map(groupOf))) {
            const there = ordered.filter((attempt) => groupOf(attempt) === group)
            const [first] = there
            const got = there.map((attempt) => classes.get(attempt.identity))
            const isFirst = got.map((each) =>
              angle === 'provider'
                ? each?.firstOfProvider
                : angle === 'model'
                  ? each?.firstOfModel
                  : each?.firstOfDeployment,
            )
            expect(isFirst).toEqual(there.map((attempt) => attempt === first))
            const outcome =
              angle === 'provider'
                ? got[0]?.outcomeAtProvider
                : angle === 'model'
                  ? got[0]?.outcomeAtModel
                  : got[0]?.outcomeAtDeployment
            const endsHere = there.at(-1) === ordered.at(-1)
            expect(outcome).toBe(endsHere ? wanted[0]?.outcome : 'elsewhere')
          }
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the reference itself', () => {
  const table: readonly (readonly [string, number, boolean, boolean, string])[] = [
    ['A+', 0, false, false, 'none'],
    ['A-', 0, false, true, 'failed_request'],
    ['A- A+', 1, false, false, 'retry none'],
    ['A- B+', 0, true, false, 'fallback none'],
    ['A- A- B+', 1, true, false, 'retry fallback none'],
    ['A- B- A+', 0, true, false, 'fallback fallback none'],
    ['A- B-', 0, true, true, 'failed_request failed_request'],
    ['A+ A+', 1, false, false, 'retry none'],
  ]
  it.each(table)('reads the truth table: %s', (chain, retries, hasFallback, hasFailed, waste) => {
    const attempts = chain.split(' ').map((token, index) => ({
      identity: String(index),
      atMs: index,
      number: null,
      provider: token[0] ?? '',
      model: 'm',
      status: token[1] === '+' ? 'success' : 'error',
    }))
    const classes = classify(inOrder(attempts))
    expect(classes.filter(({ isRetry }) => isRetry)).toHaveLength(retries)
    expect(classes[0]?.hasFallback).toBe(hasFallback)
    expect(classes[0]?.outcome).toBe(hasFailed ? 'failed' : 'success')
    expect(classes.map((each) => each.waste).join(' ')).toBe(waste)
  })
})
