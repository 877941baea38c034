import { describe, expect, it } from 'vitest'
import { AppError } from '@/lib/errors'
import type { Submission } from '@/lib/events/commit-batch'
import { type Commit, CommitQueue } from '@/lib/events/commit-queue'
import { prepareEvent } from '@/lib/events/prepare-event'
import { validateEvent } from '@/lib/events/validate-event'

function submissionOf(events: number, model = 'gpt-4o'): Submission {
  const sent = { externalRequestId: 'r', provider: 'openai', model }
  const validation = validateEvent(sent, { receivedAtMs: 0, maxAgeDays: 1 })
  if (!validation.ok) throw new Error(validation.message)
  const source = { workspaceId: 1, apiKeyId: 1, defaults: { environment: null, dataMode: null }, receivedAtMs: 0 }
  const attempt = prepareEvent(sent, validation.event, source)
  return { attempts: Array.from({ length: events }, () => attempt), findings: [] }
}

const acceptAll: Commit = async (submissions) =>
  submissions.map(({ attempts }) => ({
    ok: true,
    decisions: attempts.map(() => ({ status: 'accepted', warnings: [] })),
  }))

function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : 'another error'
}

describe('commits', () => {
  it('merge what arrives while one is under way', async () => {
    const sizes: number[] = []
    const queue = new CommitQueue(async (submissions, signal) => {
      sizes.push(submissions.length)
      return await acceptAll(submissions, signal)
    })
    await Promise.all(Array.from({ length: 30 }, () => queue.submit(submissionOf(1), 10)))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(30)
    expect(sizes.length).toBeLessThan(4)
  })

  it('go on when callers submit again as soon as they are answered', async () => {
    const queue = new CommitQueue(acceptAll)
    for (let turn = 0; turn < 5; turn += 1) expect(await queue.submit(submissionOf(2), 10)).toHaveLength(2)
  })

  it('fail only the submission that the store refuses', async () => {
    const queue = new CommitQueue(async (submissions, signal) => {
      const isPoison = (sent: object | undefined) => sent !== undefined && 'model' in sent && sent.model === 'poison'
      if (submissions.some(({ attempts }) => isPoison(attempts[0]))) throw new Error('refused')
      return await acceptAll(submissions, signal)
    })
    const results = await Promise.allSettled([
      queue.submit(submissionOf(1), 10),
      queue.submit(submissionOf(1), 10),
      queue.submit(submissionOf(1, 'poison'), 10),
    ])
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  })
})

describe('limits', () => {
  it('refuse what does not fit, and take it again when there is room', async () => {
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const queue = new CommitQueue(async (submissions, signal) => {
      await held
      return await acceptAll(submissions, signal)
    })
    const taken = Array.from({ length: 4 }, () => queue.submit(submissionOf(10_000), 10))
    const refused = await queue.submit(submissionOf(1), 10).catch(codeOf)
    expect(refused).toBe('too_many_requests')
    release()
    await Promise.all(taken)
    expect(await queue.submit(submissionOf(1), 10)).toHaveLength(1)
  })

  it('draining stores what was taken and refuses the rest', async () => {
    const queue = new CommitQueue(acceptAll)
    const taken = queue.submit(submissionOf(3), 10)
    const drained = queue.drain(5_000)
    expect(await queue.submit(submissionOf(1), 10).catch(codeOf)).toBe('unavailable')
    expect(await taken).toHaveLength(3)
    expect(await drained).toBe(true)
  })
})
