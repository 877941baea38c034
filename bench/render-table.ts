/** Figures under one heading; the first column names the line. `note` says what is to be known to read them. */
export type Table = {
  title: string
  note?: string
  columns: readonly string[]
  rows: readonly (readonly string[])[]
}

/** For a terminal: columns aligned, figures to the right. */
export function renderText({ title, note, columns, rows }: Table): string {
  const lines = [columns, ...rows]
  const widths = columns.map((_, at) => Math.max(...lines.map((cells) => cells[at]?.length ?? 0)))
  const body = lines.map((cells) =>
    columns
      .map((_, at) =>
        at === 0 ? (cells[at] ?? '').padEnd(widths[at] ?? 0) : (cells[at] ?? '').padStart(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width, 2 * (columns.length - 1)))
  const [head = '', ...rest] = body
  return [title, ...(note ? [note] : []), '', head, rule, ...rest, ''].join('\n')
}

/** The same for a Markdown file. */
export function renderMarkdown({ title, note, columns, rows }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${columns.map((_, at) => (cells[at] ?? '').replaceAll('|', '\\|')).join(' | ')} |`
  const rule = `|${columns.map((_, at) => (at === 0 ? '---' : '---:')).join('|')}|`
  return [`## ${title}`, '', ...(note ? [note, ''] : []), line(columns), rule, ...rows.map(line), ''].join('\n')
}
