/** Several of a few values, all in sight. */
export function CheckboxGroup({
  legend,
  name,
  options,
  selected,
  hint,
  error,
}: {
  legend: string
  name: string
  options: readonly string[]
  selected: readonly string[]
  hint?: string
  error?: string
}) {
  const note = error ?? hint
  const noteId = `${name.replace(/\W/g, '')}-note`
  return (
    <fieldset aria-describedby={note ? noteId : undefined} className="flex flex-col gap-1">
      <legend className="mb-1 font-medium">{legend}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1">
        {options.map((option) => (
          <label key={option} className="min-h-control flex items-center gap-1.5">
            <input
              type="checkbox"
              name={name}
              value={option}
              defaultChecked={selected.includes(option)}
              className="accent-accent size-4"
            />
            {option}
          </label>
        ))}
      </div>
      {note && (
        <p id={noteId} className={error ? 'text-bad text-xs' : 'text-ink-muted text-xs'}>
          {note}
        </p>
      )}
    </fieldset>
  )
}
