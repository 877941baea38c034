import { build } from '@/bin/launcher/ensure-build'
import { runCommand } from '@/bin/launcher/run-command'

runCommand(build)
