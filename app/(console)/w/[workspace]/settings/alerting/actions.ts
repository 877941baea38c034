'use server'

import { TZDate } from '@date-fns/tz'
import { z } from 'zod'
import { runAction } from '@/app/(console)/run-action'
import type { FormState } from '@/components/settings/form-state'
import { addChannel, removeChannel, retryDeadLetter, testChannel } from '@/lib/alerts/manage-channels'
import { pathInput, removePath, savePath } from '@/lib/alerts/manage-paths'
import { addSilence, addStandIn, endSilenceNow, endStandInNow, saveQuietTime } from '@/lib/alerts/manage-quiet-time'
import { newChannel } from '@/lib/alerts/new-channel'
import { runDrill } from '@/lib/alerts/run-drill'
import { readStepTarget } from '@/lib/alerts/step-target-text'
import { findWorkspaceAccess } from '@/lib/auth/workspace-access'

const ofWorkspace = z.object({ workspace: z.string() })
const rowId = z.coerce.number().int().min(1).max(2_147_483_647)
const ticked = z.preprocess((value) => value === 'on', z.boolean())
const list = z.preprocess((value) => value ?? [], z.array(z.string()))
const time = z.union([
  z.literal('').transform(() => null),
  z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Enter a time such as 22:00.'),
])
const day = z.iso.date('Choose a day.')

/** Adds a channel; the signing secret of a webhook is shown this once. */
export async function addChannelAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace.loose().pipe(z.intersection(ofWorkspace, newChannel)), async (person, input) => {
    const { secret } = await addChannel(person, input.workspace, input)
    return {
      message: `Added ${input.name}. Send a test to see it arrive.`,
      result: secret === null ? null : { kind: 'secret', label: 'Signing secret, shown only now', text: secret },
    }
  })
}

/** Takes a channel out of use. */
export async function removeChannelAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace.extend({ channel: rowId }), async (person, { workspace, channel }) => {
    await removeChannel(person, workspace, channel, new Date())
    return { message: 'Removed.' }
  })
}

/** Sends a test message. */
export async function testChannelAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace.extend({ channel: rowId }), async (person, { workspace, channel }) => {
    await testChannel(person, workspace, channel, new Date())
    return { message: 'On its way: see the delivery log.' }
  })
}

/** Puts a message that was given up back in line. */
export async function retryMessageAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace.extend({ message: rowId }), async (person, { workspace, message }) => {
    await retryDeadLetter(person, workspace, message, new Date())
    return { message: 'It is tried again.' }
  })
}

const pathForm = ofWorkspace
  .extend({
    path: z.union([z.literal('').transform(() => null), rowId]),
    name: z.string(),
    isDefault: ticked,
    after: list,
    target: list,
    repeat: list,
  })
  .transform(({ workspace, path, after, target, repeat, ...rest }, context) => {
    const steps = target.map((text, at) => ({
      afterMinutes: Number(after[at] || '0'),
      target: readStepTarget(text),
      repeatEveryMinutes: repeat[at] ? Number(repeat[at]) : null,
    }))
    const parsed = pathInput.safeParse({ id: path, ...rest, steps })
    if (parsed.success) return { workspace, input: parsed.data }
    for (const issue of parsed.error.issues) {
      context.addIssue({ code: 'custom', path: [issue.path[0] === 'name' ? 'name' : 'steps'], message: issue.message })
    }
    return z.NEVER
  })

/** Saves an escalation path with its steps. */
export async function savePathAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, pathForm, async (person, { workspace, input }) => {
    await savePath(person, workspace, input)
    return { message: 'Saved. It holds for what fires from now on.' }
  })
}

/** Removes an escalation path. */
export async function removePathAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace.extend({ path: rowId }), async (person, { workspace, path }) => {
    await removePath(person, workspace, path, new Date())
    return { message: 'Removed.' }
  })
}

/** Runs a path as a drill. */
export async function runDrillAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace.extend({ path: rowId }), async (person, { workspace, path }) => {
    await runDrill(person, workspace, path, new Date())
    return { message: 'The drill runs: a step each minute until somebody acknowledges it. See Alerts.' }
  })
}

const holidayLines = z.string().transform((text, context) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [first = '', ...rest] = line.split(/\s+/)
      if (!day.safeParse(first).success) {
        context.addIssue({ code: 'custom', message: `“${line}” does not begin with a day such as 2026-12-25.` })
      }
      return { day: first, name: rest.join(' ').slice(0, 80) }
    }),
)

/** Sets the quiet hours and holidays. */
export async function saveQuietTimeAction(_previous: FormState, form: FormData): Promise<FormState> {
  const schema = ofWorkspace.extend({
    fromTime: time,
    toTime: time,
    criticalPasses: ticked,
    holidays: holidayLines.pipe(z.array(z.object({ day, name: z.string() })).max(200)),
  })
  return runAction(form, schema, async (person, { workspace, ...input }) => {
    const isBoth = input.fromTime !== null && input.toTime !== null
    const hours = isBoth ? {} : { fromTime: null, toTime: null }
    const days = [...new Map(input.holidays.map((holiday) => [holiday.day, holiday])).values()]
    await saveQuietTime(person, workspace, { ...input, ...hours, holidays: days }, new Date())
    return { message: 'Saved.' }
  })
}

/** Silences alerts from now on for some time. */
export async function addSilenceAction(_previous: FormState, form: FormData): Promise<FormState> {
  const schema = ofWorkspace.extend({
    source: z.union([z.literal('').transform(() => null), z.enum(['budget', 'rule', 'switch'])]),
    includesCritical: ticked,
    reason: z.string().trim().min(1, 'Say why, for those who wonder.').max(200),
    minutes: z.coerce.number().int().min(5).max(43_200),
  })
  return runAction(form, schema, async (person, { workspace, ...input }) => {
    await addSilence(person, workspace, input, new Date())
    return { message: 'Silenced.' }
  })
}

/** Ends a silence before its time. */
export async function endSilenceAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace.extend({ silence: rowId }), async (person, { workspace, silence }) => {
    await endSilenceNow(person, workspace, silence, new Date())
    return { message: 'Ended.' }
  })
}

/** Lets a member stand in for another, up to the end of a day of the workspace. */
export async function addStandInAction(_previous: FormState, form: FormData): Promise<FormState> {
  const member = z.uuid('Choose a member of the list.')
  const schema = ofWorkspace.extend({ member, standIn: member, lastDay: day })
  return runAction(form, schema, async (person, { workspace, member: userId, standIn, lastDay }) => {
    const zone = (await findWorkspaceAccess(person.id, workspace))?.workspace.timeZone ?? 'UTC'
    const [year = 0, month = 1, date = 1] = lastDay.split('-').map(Number)
    const endsAt = new Date(new TZDate(year, month - 1, date + 1, zone).getTime())
    await addStandIn(person, workspace, { userId, standInId: standIn, endsAt }, new Date())
    return { message: 'Saved.' }
  })
}

/** Ends a stand-in before its time. */
export async function endStandInAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace.extend({ standIn: rowId }), async (person, { workspace, standIn }) => {
    await endStandInNow(person, workspace, standIn, new Date())
    return { message: 'Ended.' }
  })
}
