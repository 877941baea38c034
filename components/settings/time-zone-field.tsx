import { Field, Input } from '@/components/ui/input'

/** An IANA time zone, searched by typing. The native list: its keyboard and its phone picker come with it. */
export function TimeZoneField({
  timeZones,
  defaultValue,
  hint,
  error,
}: {
  timeZones: readonly string[]
  defaultValue: string
  hint?: string
  error?: string
}) {
  return (
    <Field id="timeZone" label="Reporting time zone" hint={hint} error={error}>
      {(field) => (
        <>
          <Input
            {...field}
            name="timeZone"
            list="time-zones"
            required
            autoComplete="off"
            spellCheck={false}
            maxLength={64}
            defaultValue={defaultValue}
          />
          <datalist id="time-zones">
            {timeZones.map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  )
}
