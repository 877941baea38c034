/** Roles in a workspace, from the most to the least that they may. */
export const ROLES = ['owner', 'admin', 'editor', 'viewer'] as const

export type Role = (typeof ROLES)[number]

/** What somebody may do in a workspace; each names the least role that may. */
const PERMISSIONS = {
  view: 'viewer',
  export: 'viewer',
  acknowledgeAlerts: 'viewer',
  editBudgets: 'editor',
  editAlerts: 'editor',
  editPrices: 'editor',
  closeMonths: 'editor',
  manageMembers: 'admin',
  manageKeys: 'admin',
  manageChannels: 'admin',
  manageSettings: 'admin',
  eraseData: 'admin',
  viewAudit: 'admin',
  appointOwners: 'owner',
  resetPasswords: 'owner',
  archiveWorkspace: 'owner',
} as const satisfies Record<string, Role>

export type Permission = keyof typeof PERMISSIONS

/** Whether a role may do something. */
export function mayDo(role: Role, permission: Permission): boolean {
  return ROLES.indexOf(role) <= ROLES.indexOf(PERMISSIONS[permission])
}
