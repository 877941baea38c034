CREATE TABLE "closed_month_lines" (
	"closed_month_id" integer NOT NULL,
	"position" integer NOT NULL,
	"provider" text NOT NULL,
	"model" text NOT NULL,
	"endpoint" text,
	"spend" numeric,
	"requests" numeric(38, 0) NOT NULL,
	"attempts" numeric(38, 0) NOT NULL,
	"input_tokens" numeric(38, 0) NOT NULL,
	"output_tokens" numeric(38, 0) NOT NULL,
	"total_tokens" numeric(38, 0) NOT NULL,
	"unpriced_tokens" numeric(38, 0) NOT NULL,
	"pricing_coverage" numeric,
	CONSTRAINT "closed_month_lines_closed_month_id_position_pk" PRIMARY KEY("closed_month_id","position")
);
--> statement-breakpoint
CREATE TABLE "closed_months" (
	"id" serial PRIMARY KEY NOT NULL,
	"workspace_id" integer NOT NULL,
	"month" text NOT NULL,
	"time_zone" text NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"environments" text[] NOT NULL,
	"data_modes" text[] NOT NULL,
	"cost_preference" text NOT NULL,
	"reason" text NOT NULL,
	"closed_at" timestamp (3) with time zone NOT NULL,
	"closed_by" uuid,
	"closed_by_name" text NOT NULL,
	"snapshot_id" uuid NOT NULL,
	"data_version" text NOT NULL,
	"price_list_version" text,
	"price_change_id" integer NOT NULL,
	"spend" numeric,
	"requests" numeric(38, 0) NOT NULL,
	"attempts" numeric(38, 0) NOT NULL,
	"input_tokens" numeric(38, 0) NOT NULL,
	"output_tokens" numeric(38, 0) NOT NULL,
	"total_tokens" numeric(38, 0) NOT NULL,
	"unpriced_tokens" numeric(38, 0) NOT NULL,
	"pricing_coverage" numeric,
	CONSTRAINT "closed_months_month" UNIQUE("workspace_id","month")
);
--> statement-breakpoint
CREATE TABLE "fixed_costs" (
	"id" serial PRIMARY KEY NOT NULL,
	"workspace_id" integer NOT NULL,
	"name" text NOT NULL,
	"provider" text NOT NULL,
	"models" text[] NOT NULL,
	"amount" numeric(38, 18) NOT NULL,
	"term_months" integer,
	"first_month" text NOT NULL,
	"last_month" text,
	"method" text NOT NULL,
	"capacity_tokens" numeric(38, 0),
	"author_id" uuid,
	"author_name" text NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"removed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "scenarios" (
	"id" serial PRIMARY KEY NOT NULL,
	"workspace_id" integer NOT NULL,
	"name" text NOT NULL,
	"definition" jsonb NOT NULL,
	"created_by" uuid,
	"created_by_name" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"archived_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "closed_month_lines" ADD CONSTRAINT "closed_month_lines_closed_month_id_closed_months_id_fk" FOREIGN KEY ("closed_month_id") REFERENCES "public"."closed_months"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "closed_months" ADD CONSTRAINT "closed_months_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fixed_costs" ADD CONSTRAINT "fixed_costs_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "scenarios" ADD CONSTRAINT "scenarios_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "fixed_costs_of_workspace" ON "fixed_costs" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "scenarios_of_workspace" ON "scenarios" USING btree ("workspace_id");--> statement-breakpoint
CREATE FUNCTION "refuse_booked_change"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'figures of a closed month are never changed'; END $$;--> statement-breakpoint
CREATE TRIGGER "closed_months_append_only" BEFORE UPDATE OR DELETE ON "closed_months" FOR EACH ROW EXECUTE FUNCTION "refuse_booked_change"();--> statement-breakpoint
CREATE TRIGGER "closed_months_no_truncate" BEFORE TRUNCATE ON "closed_months" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_booked_change"();--> statement-breakpoint
CREATE TRIGGER "closed_month_lines_append_only" BEFORE UPDATE OR DELETE ON "closed_month_lines" FOR EACH ROW EXECUTE FUNCTION "refuse_booked_change"();--> statement-breakpoint
CREATE TRIGGER "closed_month_lines_no_truncate" BEFORE TRUNCATE ON "closed_month_lines" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_booked_change"();
