import { z } from 'zod'

/** Whom a step tells. `owner` and `backup` are the alert's, else the workspace's. */
const stepTarget = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('owner') }),
  z.object({ kind: z.literal('backup') }),
  z.object({ kind: z.literal('member'), userId: z.uuid() }),
  z.object({ kind: z.literal('role'), role: z.enum(['owner', 'admin', 'editor', 'viewer']) }),
  z.object({ kind: z.literal('channel'), channelId: z.number().int() }),
])

export const escalationStep = z.object({
  /** Minutes since the alert fired, quiet time not counted. */
  afterMinutes: z.number().int().min(0),
  target: stepTarget,
  /** Null: once. */
  repeatEveryMinutes: z.number().int().min(1).nullable(),
})

/** Which steps of a round ran, by position: how often, and when last. `pulledAt`: brought forward because the one before failed. */
export const escalationProgress = z.object({
  runs: z.record(z.string(), z.object({ count: z.number().int(), lastAt: z.iso.datetime() })),
  pulledAt: z.record(z.string(), z.iso.datetime()),
})

export type StepTarget = z.output<typeof stepTarget>
export type EscalationStep = z.output<typeof escalationStep>
export type EscalationProgress = z.output<typeof escalationProgress>

export const NO_PROGRESS: EscalationProgress = { runs: {}, pulledAt: {} }

/** What holds where a workspace has no path: nothing that fires is told to nobody. */
export const FALLBACK_STEPS: readonly EscalationStep[] = [
  { afterMinutes: 0, target: { kind: 'owner' }, repeatEveryMinutes: null },
  { afterMinutes: 30, target: { kind: 'backup' }, repeatEveryMinutes: null },
  { afterMinutes: 60, target: { kind: 'role', role: 'owner' }, repeatEveryMinutes: null },
]
