/** Counts as senders give them: inclusive, null where absent. */
export type SentUsage = {
  inputTokens: number | null
  outputTokens: number | null
  totalTokens: number | null
  cacheReadTokens: number | null
  cacheWriteTokens: number | null
  cacheWrite1hTokens: number | null
  reasoningTokens: number | null
  audioInputTokens: number | null
  audioOutputTokens: number | null
  toolRequests: number | null
}

/** Token counts in the ledger's disjoint classes. */
type TokenClasses = {
  inputUncached: number
  cacheRead: number
  cacheWrite5m: number
  cacheWrite1h: number
  output: number
  reasoning: number
  audioInput: number
  audioOutput: number
  toolRequests: number
  /** Tokens of which only the sum is known. */
  unsplit: number
}

/**
 * What is known of an attempt's usage. `known`: input and output. `input_only`: complete only where the model's price has
 * no output (embeddings). `unsplit`: the total is known, its parts are not. `unknown`: not even that.
 */
export type UsageKnowledge = 'known' | 'input_only' | 'unsplit' | 'unknown'

export type SplitUsage = {
  classes: TokenClasses
  knowledge: UsageKnowledge
  /** `totalTokens` differs from input + output; the parts are what is stored. */
  totalMismatch: boolean
}

/**
 * Splits inclusive counts into disjoint classes. The subsets must not exceed their parents (validation refuses that).
 * Cache writes of one hour are part of `cacheWriteTokens`; given alone they are all of it. Where the total is known and a
 * part is absent, the rest of the total is kept as `unsplit`.
 */
export function splitUsage(sent: SentUsage): SplitUsage {
  const cacheRead = sent.cacheReadTokens ?? 0
  const cacheWrite1h = sent.cacheWrite1hTokens ?? 0
  const cacheWrite = sent.cacheWriteTokens ?? cacheWrite1h
  const audioInput = sent.audioInputTokens ?? 0
  const reasoning = sent.reasoningTokens ?? 0
  const audioOutput = sent.audioOutputTokens ?? 0
  const input = sent.inputTokens ?? cacheRead + cacheWrite + audioInput
  const output = sent.outputTokens ?? reasoning + audioOutput
  const bothGiven = sent.inputTokens !== null && sent.outputTokens !== null
  const rest = bothGiven || sent.totalTokens === null ? 0 : Math.max(0, sent.totalTokens - input - output)

  return {
    classes: {
      inputUncached: input - cacheRead - cacheWrite - audioInput,
      cacheRead,
      cacheWrite5m: cacheWrite - cacheWrite1h,
      cacheWrite1h,
      output: output - reasoning - audioOutput,
      reasoning,
      audioInput,
      audioOutput,
      toolRequests: sent.toolRequests ?? 0,
      unsplit: rest,
    },
    knowledge: knowledgeOf(sent, rest),
    totalMismatch:
      sent.totalTokens !== null &&
      (bothGiven ? sent.totalTokens !== input + output : sent.totalTokens < input + output),
  }
}

function knowledgeOf(sent: SentUsage, rest: number): UsageKnowledge {
  if (sent.inputTokens !== null && sent.outputTokens !== null) return 'known'
  if (rest > 0) return 'unsplit'
  if (sent.inputTokens !== null && sent.totalTokens === sent.inputTokens) return 'known'
  if (sent.outputTokens !== null && sent.totalTokens === sent.outputTokens) return 'known'
  if (sent.inputTokens !== null) return 'input_only'
  return sent.totalTokens === 0 ? 'known' : 'unknown'
}
