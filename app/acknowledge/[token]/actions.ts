'use server'

import { revalidatePath } from 'next/cache'
import { acknowledgeByLink } from '@/lib/alerts/acknowledge-by-link'
import { AppError } from '@/lib/errors'

export type AcknowledgeState = { error: string | null }

/** Acknowledges the alert that the link of a message leads to. */
export async function acknowledgeByLinkAction(token: string, _previous: AcknowledgeState): Promise<AcknowledgeState> {
  try {
    await acknowledgeByLink(token, new Date())
  } catch (error) {
    if (error instanceof AppError) return { error: error.message }
    throw error
  }
  revalidatePath(`/acknowledge/${token}`)
  return { error: null }
}
