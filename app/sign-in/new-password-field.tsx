import { Field, Input } from '@/components/ui/input'
import { MIN_PASSWORD_LENGTH } from '@/lib/auth/password-rule'

/** A password that somebody chooses. */
export function NewPasswordField({ label = 'Password', error }: { label?: string; error?: string }) {
  return (
    <Field id="new-password" label={label} hint={`At least ${MIN_PASSWORD_LENGTH} characters.`} error={error}>
      {(field) => (
        <Input
          {...field}
          name="newPassword"
          type="password"
          autoComplete="new-password"
          minLength={MIN_PASSWORD_LENGTH}
          maxLength={1024}
          required
        />
      )}
    </Field>
  )
}
