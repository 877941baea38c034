import { checkTypes } from '@/bin/launcher/check-types'
import { runCommand } from '@/bin/launcher/run-command'
import { runTool } from '@/bin/launcher/run-tool'

runCommand(async (lifecycle) => {
  const codes = [await runTool(lifecycle, 'biome', ['check']), await checkTypes(lifecycle)]
  return codes.every((code) => code === 0) ? 0 : 1
})
