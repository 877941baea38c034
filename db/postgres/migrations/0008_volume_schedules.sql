ALTER TABLE "contract_prices" ADD COLUMN "volume_tiers" jsonb;--> statement-breakpoint
ALTER TABLE "contract_prices" ADD COLUMN "volume_months" jsonb;--> statement-breakpoint
ALTER TABLE "contract_prices" ADD COLUMN "volume_counted_at" timestamp (3) with time zone;