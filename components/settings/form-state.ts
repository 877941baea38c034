/** What a settings form knows after it was sent. What was typed stays in the form. */
export type FormState = {
  status: 'untouched' | 'failed' | 'done'
  /** What is wrong or was done, for the whole form. */
  message: string | null
  /** What is wrong with single fields, by name. */
  errors: Readonly<Record<string, string>>
  /** What is handed over once. */
  result:
    | { kind: 'link'; url: string; expiresAt: string }
    | { kind: 'secret'; label: string; text: string }
    | { kind: 'key'; id: number; name: string; secret: string }
    | null
}

export type SettingsAction = (previous: FormState, form: FormData) => Promise<FormState>

export const UNTOUCHED: FormState = { status: 'untouched', message: null, errors: {}, result: null }
