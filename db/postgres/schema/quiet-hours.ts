import { boolean, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { workspaces } from './workspaces'

/** When a workspace is left alone, in its reporting zone: `HH:MM` to `HH:MM`, past midnight where the end is earlier. */
export const quietHours = pgTable('quiet_hours', {
  workspaceId: integer('workspace_id')
    .primaryKey()
    .references(() => workspaces.id),
  /** Null: no quiet hours, only holidays. */
  fromTime: text('from_time'),
  toTime: text('to_time'),
  /** Critical alerts go out at any hour. */
  criticalPasses: boolean('critical_passes').notNull().default(true),
})
