import { z } from 'zod'
import type { FileRecord, RecordPlace } from './file-record'

const object = z.record(z.string(), z.unknown())

/** The JSON object in `text`, as the record at `place`. */
export function parseObject(text: string, place: RecordPlace): FileRecord {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, ...place, message: 'not JSON', text }
  }
  const parsed = object.safeParse(value)
  if (!parsed.success) return { ok: false, ...place, message: 'not a JSON object', text }
  return { ok: true, ...place, value: parsed.data }
}
