import { expect, test } from 'vitest'
import { buildScope, type WorkspaceSettings } from '@/lib/metrics/scope'

const workspace: WorkspaceSettings = {
  id: 7,
  slug: 'acme',
  timeZone: 'Europe/Berlin',
  currency: 'USD',
  fiscalYearStartMonth: 4,
  defaultEnvironments: ['prod'],
  defaultDataModes: ['real'],
  costPreference: 'reported',
}

const KEYS = [
  { id: 1, workspaceId: 7, name: 'ci' },
  { id: 2, workspaceId: 8, name: 'theirs' },
  { id: 3, workspaceId: 7, name: 'revoked' },
]

test('holds one workspace and its own keys only', () => {
  expect(buildScope(workspace, KEYS)).toEqual({
    workspaces: [
      {
        ...workspace,
        apiKeys: [
          { id: 1, name: 'ci' },
          { id: 3, name: 'revoked' },
        ],
      },
    ],
  })
})

test('carries nothing of the workspace that questions do not need', () => {
  const row = { ...workspace, name: 'Acme', isDemo: false }
  expect(Object.keys(buildScope(row, []).workspaces[0]).sort()).toEqual([...Object.keys(workspace), 'apiKeys'].sort())
})

test('a key’s defaults replace the workspace’s', () => {
  const defaults = { environments: ['staging'], dataModes: ['test'] }
  expect(buildScope(workspace, [], defaults).defaults).toEqual(defaults)
})
