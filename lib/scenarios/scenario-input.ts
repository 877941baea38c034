import { z } from 'zod'
import { type ScenarioDefinition, scenarioDefinition } from '@/lib/scenarios/scenario'

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Says which route or price it is about, as the form numbers them. */
function placeOf(path: readonly PropertyKey[]): string {
  const [list, index] = path
  if (typeof index !== 'number') return ''
  return `${list === 'routes' ? 'Route' : 'Price'} ${index + 1}: `
}

const definition = z.string().transform((text, context): ScenarioDefinition => {
  const parsed = scenarioDefinition.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  for (const { path, message } of parsed.error.issues) {
    context.addIssue({ code: 'custom', message: `${placeOf(path)}${message}` })
  }
  return z.NEVER
})

/** A scenario as its form sends it, the definition as JSON; the messages say what to enter. */
export const scenarioInput = z.object({
  name: z.string().trim().min(1, 'Enter a name.').max(100, 'Use at most 100 characters.'),
  definition,
})

export type ScenarioInput = z.output<typeof scenarioInput>
