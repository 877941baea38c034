import type { StepTarget } from './escalation-step'

/** A target as the value of a form field. Pure. */
export function writeStepTarget(target: StepTarget): string {
  switch (target.kind) {
    case 'member':
      return `member:${target.userId}`
    case 'role':
      return `role:${target.role}`
    case 'channel':
      return `channel:${target.channelId}`
    default:
      return target.kind
  }
}

/** What {@link writeStepTarget} wrote, still to be checked. Pure. */
export function readStepTarget(text: string): unknown {
  const [kind = '', value = ''] = text.split(':')
  return { kind, userId: value, role: value, channelId: Number(value) }
}
