import 'server-only'
import type { ChannelRow } from '@/db/postgres/queries/channels'
import { seal, unseal } from '@/lib/secrets/seal'
import { type ChannelSettings, channelSettings, showTarget } from './channel-settings'

const purposeOf = (workspaceId: number) => `alert channel of workspace ${workspaceId}`

/**
 * The settings of a channel as they are kept.
 * @throws SealError when there is no key to seal with.
 */
export function keepSettings(
  workspaceId: number,
  settings: ChannelSettings,
): Pick<ChannelRow, 'kind' | 'target' | 'sealedSettings'> {
  const target = showTarget(settings)
  if (settings.kind === 'email') return { kind: settings.kind, target, sealedSettings: null }
  return { kind: settings.kind, target, sealedSettings: seal(JSON.stringify(settings), purposeOf(workspaceId)) }
}

/**
 * The settings of a stored channel.
 * @throws SealError when they cannot be opened.
 */
export function openSettings(channel: ChannelRow): ChannelSettings {
  if (channel.kind === 'email') {
    return channelSettings.parse({ kind: 'email', addresses: channel.target.split(', ') })
  }
  return channelSettings.parse(JSON.parse(unseal(channel.sealedSettings ?? '', purposeOf(channel.workspaceId))))
}
