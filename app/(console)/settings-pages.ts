import { mayDo, type Permission, type Role } from '@/lib/auth/permissions'

/** The settings pages of a workspace, in their order, each with the right that opens it. */
export const SETTINGS_PAGES = [
  { name: 'general', label: 'General', permission: 'manageSettings' },
  { name: 'members', label: 'Members', permission: 'manageMembers' },
  { name: 'keys', label: 'API keys', permission: 'manageKeys' },
  { name: 'owners', label: 'Owners', permission: 'view' },
  { name: 'data', label: 'Data', permission: 'eraseData' },
  { name: 'alerting', label: 'Alerting', permission: 'view' },
  { name: 'guard', label: 'Guard', permission: 'view' },
  { name: 'audit', label: 'Audit log', permission: 'viewAudit' },
] as const satisfies readonly { name: string; label: string; permission: Permission }[]

export type SettingsPageName = (typeof SETTINGS_PAGES)[number]['name']

/** The settings pages that a role may open. */
export function settingsPagesFor(role: Role): (typeof SETTINGS_PAGES)[number][] {
  return SETTINGS_PAGES.filter(({ permission }) => mayDo(role, permission))
}

/** Address of a settings page. */
export function settingsHref(workspace: string, page: SettingsPageName): string {
  return `/w/${encodeURIComponent(workspace)}/settings/${page}`
}
