import { Badge } from '@/components/ui/badge'

/** Whether an account works, and whether it may do everything everywhere. */
export function AccountState({
  isDisabled,
  isOrganizationAdmin,
}: {
  isDisabled: boolean
  isOrganizationAdmin: boolean
}) {
  return (
    <span className="flex gap-1">
      {isDisabled ? <Badge tone="bad">disabled</Badge> : <Badge tone="good">active</Badge>}
      {isOrganizationAdmin && (
        <Badge tone="accent" title="May do everything in every workspace">
          organisation admin
        </Badge>
      )}
    </span>
  )
}

/** Whether a second factor guards an account. */
export function SecondFactor({ isOn }: { isOn: boolean }) {
  return isOn ? <Badge tone="good">on</Badge> : <Badge>off</Badge>
}
