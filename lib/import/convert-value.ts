import { ExactDecimal } from '@/lib/money'
import type { FieldKind } from './event-fields'
import { parseTimestamp } from './parse-timestamp'

/** A value as events carry it (undefined: nothing was given), or what is wrong with it. */
export type Converted =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string }

const INTEGER = /^[+-]?\d+(?:\.0+)?$/
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?$/i

/**
 * Turns what a file holds into what `field` takes. Text is read strictly: `12,3`, `1.234,5`, `NaN` and `null` are errors,
 * an empty cell is "not given". Values that are typed already (JSON) stay, but a number in a text field becomes text.
 */
export function convertValue(field: string, kind: FieldKind, value: unknown, zone: string): Converted {
  if (value === undefined || value === null) return { ok: true, value: undefined }
  if (typeof value === 'number') return convertNumber(field, kind, value, zone)
  if (typeof value !== 'string') return { ok: true, value }
  if (kind === 'text') return { ok: true, value: value === '' ? undefined : value }
  const text = value.trim()
  if (text === '') return { ok: true, value: undefined }
  switch (kind) {
    case 'integer':
      return convertInteger(field, text)
    case 'number':
      return NUMBER.test(text) ? { ok: true, value: Number(text) } : refuse(field, 'a number such as 12.5', text)
    case 'amount':
      return NUMBER.test(text)
        ? { ok: true, value: toPlainDecimal(text) }
        : refuse(field, 'an amount such as 0.0125', text)
    case 'timestamp':
      return convertTimestamp(field, text, zone)
    case 'tags':
      return convertTags(field, text)
  }
}

function convertNumber(field: string, kind: FieldKind, value: number, zone: string): Converted {
  if (kind === 'text' && Number.isFinite(value)) return { ok: true, value: String(value) }
  if (kind !== 'timestamp') return { ok: true, value }
  return convertTimestamp(field, String(value), zone)
}

function convertInteger(field: string, text: string): Converted {
  if (!INTEGER.test(text)) return refuse(field, 'a whole number without separators', text)
  const value = Number(text)
  return Number.isSafeInteger(value) ? { ok: true, value } : refuse(field, 'a number that can be kept exactly', text)
}

/** Plain notation; the digits of a plain decimal stay as they are, so that nothing is rounded here. */
function toPlainDecimal(text: string): string {
  return /^\d+(?:\.\d+)?$/.test(text) ? text : new ExactDecimal(text).toFixed()
}

function convertTimestamp(field: string, text: string, zone: string): Converted {
  const parsed = parseTimestamp(text, zone)
  return parsed.ok ? { ok: true, value: parsed.epochMs } : { ok: false, message: `${field}: ${parsed.message}` }
}

function convertTags(field: string, text: string): Converted {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return refuse(field, 'a JSON object such as {"team":"search"}', text)
  }
}

function refuse(field: string, expected: string, text: string): Converted {
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
  return { ok: false, message: `${field} must be ${expected}, got ${shown}` }
}
