import type { ClickHouseMigration } from '@/db/clickhouse/migration'

/**
 * An open change may say what a name stands for: attempts that were sent under `raw_provider` and `raw_model` are of the
 * change's provider and model, until they have been stamped so. Empty where only a price has changed.
 */
export const modelAliases: ClickHouseMigration = {
  name: '0005_model_aliases',
  statements: [
    `ALTER TABLE price_changes ADD COLUMN IF NOT EXISTS raw_provider String AFTER model`,
    `ALTER TABLE price_changes ADD COLUMN IF NOT EXISTS raw_model String AFTER raw_provider`,
  ],
}
