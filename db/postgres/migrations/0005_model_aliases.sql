CREATE TABLE "model_aliases" (
	"id" serial PRIMARY KEY NOT NULL,
	"workspace_id" integer,
	"raw_provider" text NOT NULL,
	"raw_model" text NOT NULL,
	"provider" text NOT NULL,
	"model" text NOT NULL,
	"effective_from" timestamp (3) with time zone,
	"effective_to" timestamp (3) with time zone,
	"reason" text NOT NULL,
	"author_name" text NOT NULL,
	"author_id" uuid,
	"created_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"revoked_by_name" text,
	"revoked_reason" text
);
--> statement-breakpoint
ALTER TABLE "price_changes" ADD COLUMN "raw_provider" text;--> statement-breakpoint
ALTER TABLE "price_changes" ADD COLUMN "raw_model" text;--> statement-breakpoint
ALTER TABLE "model_aliases" ADD CONSTRAINT "model_aliases_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "model_aliases_live" ON "model_aliases" USING btree ("raw_provider","raw_model") WHERE "model_aliases"."revoked_at" IS NULL;