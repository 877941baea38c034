'use server'

import { z } from 'zod'
import { runAction } from '@/app/(console)/run-action'
import type { FormState } from '@/components/settings/form-state'
import { newSwitch, releaseSwitch, setObserveOnly, throwSwitch } from '@/lib/guard/switches'

const ofWorkspace = z.object({ workspace: z.string() })

/** Switches a provider, model or endpoint off. */
export async function throwSwitchAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace.extend(newSwitch.shape), async (person, { workspace, ...input }) => {
    await throwSwitch(person, workspace, input, new Date())
    return { message: `Switched off: ${input.target} ${input.value}.` }
  })
}

/** Ends a switch before it expires. */
export async function releaseSwitchAction(_previous: FormState, form: FormData): Promise<FormState> {
  const schema = ofWorkspace.extend({ switch: z.coerce.number().int().min(1).max(2_147_483_647) })
  return runAction(form, schema, async (person, { workspace, switch: id }) => {
    await releaseSwitch(person, workspace, id, new Date())
    return { message: 'Switched on again.' }
  })
}

/** Lets the guard of a workspace enforce, or only observe. */
export async function setEnforcementAction(_previous: FormState, form: FormData): Promise<FormState> {
  const schema = ofWorkspace.extend({ enforcement: z.enum(['enforce', 'observe']) })
  return runAction(form, schema, async (person, { workspace, enforcement }) => {
    const changed = await setObserveOnly(person, workspace, enforcement === 'observe')
    return { message: changed ? 'Saved.' : 'Nothing had changed.' }
  })
}
