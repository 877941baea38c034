CREATE TABLE "contract_prices" (
	"id" serial PRIMARY KEY NOT NULL,
	"workspace_id" integer,
	"provider" text NOT NULL,
	"model" text NOT NULL,
	"service_tier" text NOT NULL,
	"region" text,
	"context_band" text,
	"effective_from" timestamp (3) with time zone,
	"effective_to" timestamp (3) with time zone,
	"daily_from" text,
	"daily_to" text,
	"unit_prices" jsonb,
	"discount_percent" text,
	"reason" text NOT NULL,
	"author_name" text NOT NULL,
	"author_id" uuid,
	"created_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"revoked_by_name" text,
	"revoked_reason" text
);
--> statement-breakpoint
CREATE TABLE "price_changes" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"workspace_id" integer NOT NULL,
	"provider" text NOT NULL,
	"model" text NOT NULL,
	"affected_from" timestamp (3) with time zone,
	"affected_to" timestamp (3) with time zone,
	"cause" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"published_at" timestamp (3) with time zone,
	"last_pass_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone,
	"revision" integer DEFAULT 1 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "prices" ADD COLUMN "region" text;--> statement-breakpoint
ALTER TABLE "contract_prices" ADD CONSTRAINT "contract_prices_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "price_changes_open" ON "price_changes" USING btree ("id") WHERE "price_changes"."closed_at" IS NULL;--> statement-breakpoint
CREATE INDEX "prices_in_force" ON "prices" USING btree ("provider","model") WHERE "prices"."superseded_at" IS NULL;--> statement-breakpoint
UPDATE "prices" SET "region" = 'global' WHERE "id" LIKE '%:standard:global:%';--> statement-breakpoint
UPDATE "prices" SET "region" = 'regional' WHERE "id" LIKE '%:standard:regional:%';
