/**
 * Where a record stands in its file. `line` counts from 1 and is where the record begins; `element` counts the elements
 * of a JSON array from 1 (several may stand on one line) and is null in the other formats.
 */
export type RecordPlace = { readonly line: number; readonly element: number | null }

/** One record of an imported file, or what is wrong with its text. */
export type FileRecord =
  | (RecordPlace & { readonly ok: true; readonly value: Readonly<Record<string, unknown>> })
  | (RecordPlace & { readonly ok: false; readonly message: string; readonly text: string })

/** The records of a file, in order. `columns` is null where records name their own fields (JSON). */
export type RecordSource = {
  readonly columns: readonly string[] | null
  readonly records: AsyncIterable<FileRecord>
}

/** A longer record is a mistake (a quote or bracket that is never closed), and would fill the memory. */
export const MAX_RECORD_LENGTH = 1_048_576
