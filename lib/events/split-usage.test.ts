import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SentUsage, splitUsage } from '@/lib/events/split-usage'

const ABSENT: SentUsage = {
  inputTokens: null,
  outputTokens: null,
  totalTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  cacheWrite1hTokens: null,
  reasoningTokens: null,
  audioInputTokens: null,
  audioOutputTokens: null,
  toolRequests: null,
}

function split(changes: Partial<SentUsage>) {
  return splitUsage({ ...ABSENT, ...changes })
}

describe('disjoint classes', () => {
  it('takes the subsets out of their parents', () => {
    const { classes, knowledge, totalMismatch } = split({
      inputTokens: 1_200,
      cacheReadTokens: 1_000,
      cacheWriteTokens: 100,
      cacheWrite1hTokens: 40,
      audioInputTokens: 20,
      outputTokens: 300,
      reasoningTokens: 128,
      audioOutputTokens: 72,
      toolRequests: 2,
    })
    expect(classes).toEqual({
      inputUncached: 80,
      cacheRead: 1_000,
      cacheWrite5m: 60,
      cacheWrite1h: 40,
      output: 100,
      reasoning: 128,
      audioInput: 20,
      audioOutput: 72,
      toolRequests: 2,
      unsplit: 0,
    })
    expect([knowledge, totalMismatch]).toEqual(['known', false])
  })

  it('counts 1 h writes that come alone as all writes', () => {
    const { classes } = split({ inputTokens: 100, outputTokens: 0, cacheWrite1hTokens: 40 })
    expect([classes.inputUncached, classes.cacheWrite5m, classes.cacheWrite1h]).toEqual([60, 0, 40])
  })
})

describe('what is known', () => {
  it.each([
    [{ inputTokens: 10, outputTokens: 0 }, 'known', 0],
    [{ inputTokens: 10 }, 'input_only', 0],
    [{ inputTokens: 10, totalTokens: 10 }, 'known', 0],
    [{ inputTokens: 10, totalTokens: 14 }, 'unsplit', 4],
    [{ totalTokens: 14 }, 'unsplit', 14],
    [{ totalTokens: 0 }, 'known', 0],
    [{ outputTokens: 5 }, 'unknown', 0],
    [{}, 'unknown', 0],
    [{ cacheReadTokens: 5 }, 'unknown', 0],
  ])('%j is %s with %i unsplit', (sent, knowledge, unsplit) => {
    const usage = split(sent)
    expect([usage.knowledge, usage.classes.unsplit]).toEqual([knowledge, unsplit])
  })

  it('flags a total that differs from its parts, which win', () => {
    const usage = split({ inputTokens: 10, outputTokens: 5, totalTokens: 20 })
    expect([usage.totalMismatch, usage.classes.unsplit]).toEqual([true, 0])
    expect(split({ inputTokens: 10, outputTokens: 5, totalTokens: 15 }).totalMismatch).toBe(false)
    expect(split({ inputTokens: 10, totalTokens: 5 }).totalMismatch).toBe(true)
  })
})

it('never loses or invents a token, and no class is negative', () => {
  const part = fc.integer({ min: 0, max: 1_000_000_000_000 })
  const usage = fc.record({
    rest: part,
    read: part,
    write: part,
    hour: part,
    audio: part,
    text: part,
    thought: part,
    spoken: part,
  })
  fc.assert(
    fc.property(usage, ({ rest, read, write, hour, audio, text, thought, spoken }) => {
      const { classes } = split({
        inputTokens: rest + read + write + hour + audio,
        cacheReadTokens: read,
        cacheWriteTokens: write + hour,
        cacheWrite1hTokens: hour,
        audioInputTokens: audio,
        outputTokens: text + thought + spoken,
        reasoningTokens: thought,
        audioOutputTokens: spoken,
      })
      expect(classes).toMatchObject({ inputUncached: rest, cacheRead: read, cacheWrite5m: write, cacheWrite1h: hour })
      expect(classes).toMatchObject({
        audioInput: audio,
        output: text,
        reasoning: thought,
        audioOutput: spoken,
        unsplit: 0,
      })
    }),
  )
})
