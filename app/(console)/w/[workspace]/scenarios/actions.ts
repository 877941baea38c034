'use server'

import { z } from 'zod'
import { runAction } from '@/app/(console)/run-action'
import type { FormState } from '@/components/settings/form-state'
import { archiveScenario, changeScenario, createScenario } from '@/lib/scenarios/save-scenario'
import { scenarioInput } from '@/lib/scenarios/scenario-input'

const ofWorkspace = z.object({ workspace: z.string() })
const ofScenario = ofWorkspace.extend({ scenario: z.coerce.number().int().min(1).max(2_147_483_647) })

/** Saves a new scenario. */
export async function createScenarioAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace.extend(scenarioInput.shape), async (person, { workspace, ...input }) => {
    await createScenario(person, workspace, input, new Date())
    return { message: `Saved ${input.name}.` }
  })
}

/** Changes a scenario. */
export async function changeScenarioAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofScenario.extend(scenarioInput.shape), async (person, { workspace, scenario, ...input }) => {
    const changed = await changeScenario(person, workspace, scenario, input, new Date())
    return { message: changed ? 'Saved.' : 'Nothing had changed.' }
  })
}

/** Takes a scenario out of the list. */
export async function archiveScenarioAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofScenario, async (person, { workspace, scenario }) => {
    await archiveScenario(person, workspace, scenario, new Date())
    return { message: 'Removed.' }
  })
}
